import OCIModel
import Testing

@testable import ImageSetConfig

@Suite("YAML")
struct YAMLTests {
    @Test(
        "Syntax errors have a place",
        arguments: [
            ("mirror: [a", "yamlSyntax"), ("a: b: c", "yamlSyntax"), ("a:\n\t- b", "yamlSyntax"),
            ("a: @b", "yamlSyntax"),
            ("a: 'b", "yamlSyntax"), ("a: \"\\ud800\"", "yamlSyntax"), ("a: !<", "yamlSyntax"), ("%FOO", "yamlSyntax"),
            ("a: &x", "missingKind"),
        ]
    )
    func syntax(_ text: String, _ code: String) {
        let outcome = Outcome(text)
        #expect(outcome.configuration == nil)
        #expect(outcome.errors.contains(code), "\(outcome.rendered)")
    }

    @Test("Anchors, aliases and merge keys work; an alias stands where it is written")
    func aliases() throws {
        let outcome = Outcome(
            """
            kind: ImageSetConfiguration
            mirror:
              additionalImages:
              - &first
                name: quay.io/a/b:1
                platforms: &arm [{os: linux, architecture: arm64}]
              - <<: *first
                name: quay.io/a/c:1
              - name: quay.io/a/d:1
                platforms: *arm
              - *first
              blockedImages:
              - name: '.*\\*'
            """
        )
        let configuration = try #require(outcome.configuration, "\(outcome.rendered)")
        #expect(
            configuration.additionalImages.map(\.name) == [
                "quay.io/a/b:1", "quay.io/a/c:1", "quay.io/a/d:1", "quay.io/a/b:1",
            ]
        )
        #expect(configuration.additionalImages.allSatisfy { $0.platforms.map(\.description) == ["linux/arm64"] })
        #expect(configuration.additionalImages.map(\.place.location.line) == [4, 7, 9, 11])
        #expect(configuration.blockedImages.map(\.pattern.text) == [".*\\*"])
        #expect(outcome.warnings == ["duplicateEntry"])
    }

    @Test(
        "Aliases and merge keys that make no sense are refused",
        arguments: [
            ("x: *a", "undefinedAlias"), ("x: &a [*a]", "undefinedAlias"), ("<<: [1]", "invalidMerge"),
            ("<<: text", "invalidMerge"), ("x: *", "undefinedAlias"),
        ]
    )
    func badAliases(_ mirror: String, _ code: String) {
        #expect(Outcome(mirror: mirror).errors.contains(code))
    }

    @Test("Nested aliases cannot blow up", .timeLimit(.minutes(10)))
    func aliasBomb() {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in 1...40 {
            lines.append(
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]"
            )
        }
        #expect(Outcome(mirror: lines.joined(separator: "\n")).errors.contains("tooManyNodes"))
        #expect(!Outcome(mirror: (lines + ["? *a40", ": 1"]).joined(separator: "\n")).errors.isEmpty)
        #expect(!Outcome(mirror: (lines + ["b: {*a40 : 1, [*a40]: 2}"]).joined(separator: "\n")).errors.isEmpty)
        var merges = ["a0: &a0 {x: 1}"]
        for level in 1...60 { merges.append("a\(level): &a\(level) {<<: [*a\(level - 1), *a\(level - 1)]}") }
        #expect(Outcome(mirror: merges.joined(separator: "\n")).errors.contains("tooManyNodes"))
    }

    @Test(
        "Deep nesting is refused",
        arguments: [
            "x: " + String(repeating: "[", count: 200_000),
            "x: " + String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
            "x: " + String(repeating: "{a: ", count: 65), "x:\n" + String(repeating: "- ", count: 900) + "a",
            "x:\n  " + String(repeating: "- ", count: 200_000), String(repeating: "? ", count: 1000),
        ]
    )
    func deepNesting(_ mirror: String) {
        let outcome = Outcome(mirror: mirror)
        #expect(outcome.configuration == nil)
        #expect(!outcome.errors.isEmpty)
    }

    @Test("Keys that stand twice are all found, in all notations")
    func duplicates() {
        let outcome = Outcome(
            """
            kind: ImageSetConfiguration
            kind: ImageSetConfiguration
            "kind": ImageSetConfiguration
            mirror:
              platform: {graph: true, 'graph': false, graph: true}
              additionalImages:
              - name: quay.io/a/b:1
                name: quay.io/a/b:2
            """
        )
        #expect(outcome.errors == Array(repeating: "duplicateKey", count: 5), "\(outcome.rendered)")
        #expect(outcome.diagnostics.map(\.location.description) == ["2:1", "3:1", "5:27", "5:43", "8:5"])
    }

    @Test("More duplicates than are looked for end with a message")
    func manyDuplicates() {
        let outcome = Outcome(mirror: Array(repeating: "graph: 1", count: 200).joined(separator: "\n"))
        #expect(!outcome.errors.isEmpty && Set(outcome.errors) == ["duplicateKey"])
        #expect(outcome.place == "3:3")
        #expect(
            Outcome("kind: ImageSetConfiguration\nmirror: {\"gr\\u0061ph\": 1, \"gr\\u0061ph\": 2}").errors == [
                "duplicateKey"
            ]
        )
    }

    @Test("Private-use characters of the file stay as they are")
    func privateUse() {
        let text =
            "kind: ImageSetConfiguration\nmirror: {blockedImages: [{name: '\u{F8FF}*\u{F8FE}'}], platform: {graph: on}}"
        #expect(Outcome(text).configuration?.blockedImages.map(\.pattern.text) == ["\u{F8FF}*\u{F8FE}"])
    }

    @Test(
        "Plain scalars mean what YAML 1.1 says",
        arguments: [
            ("4.15", .number(4.15)), ("4.15.3", .string), ("1e3", .number(1000)), (".5", .number(0.5)),
            ("5.", .number(5)),
            ("12", .integer(12)), ("+12", .integer(12)), ("-0b11", .integer(-3)), ("010", .integer(8)),
            ("08", .number(8)),
            ("0o17", .integer(15)), ("0xFF", .integer(255)), ("1_0", .integer(10)),
            ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("0x", .string), ("-", .string), ("+", .string), (".", .string), ("1e", .string), ("1:20", .string),
            ("2024-01-02", .string), ("yes", .bool(true)), ("OFF", .bool(false)), ("n", .bool(false)), ("yEs", .string),
            ("~", .null), ("Null", .null), ("", .null), ("nULL", .string), (".inf", .number(.infinity)),
            ("١٢", .string),
            ("1١", .string),
        ] as [(String, YAMLScalarValue)]
    )
    func scalars(_ text: String, _ value: YAMLScalarValue) {
        #expect(YAMLScalarValue(plain: text) == value)
    }
}
