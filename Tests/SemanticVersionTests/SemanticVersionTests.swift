import Testing

@testable import SemanticVersion

@Suite("Semantic versions")
struct SemanticVersionTests {
    @Test(
        "A strict version reads back as written",
        arguments: [
            "0.0.0", "1.2.3", "4.15.0-rc.1", "4.15.0-0.okd-2024-03-10-010116", "1.0.0-alpha-a.b-c+build.1-aef.1",
            "1.2.3+0045", "18446744073709551615.0.1", "1.0.0-99999999999999999999999",
        ]
    )
    func readsStrictly(_ text: String) throws {
        #expect(try SemanticVersion(text).description == text)
    }

    @Test(
        "Text that is no strict version is refused with a code",
        arguments: [
            ("", SemanticVersionError.Code.malformed), ("1", .malformed), ("1.2", .malformed), ("v1.2.3", .malformed),
            ("1.2.3.4", .malformed), ("1..3", .malformed), ("1.2.x", .malformed), ("1.2.3-", .malformed),
            ("1.2.3+", .malformed), ("1.2.3-a..b", .malformed), ("1.2.3-ä", .malformed), ("1.2.-3", .malformed),
            (" 1.2.3", .malformed), ("1.2.3\n", .malformed), ("+1.2.3", .malformed), ("1.2.+3", .malformed),
            ("01.2.3", .leadingZero), ("1.02.3", .leadingZero), ("1.2.3-01", .leadingZero),
            ("18446744073709551616.0.0", .numberTooLarge),
            ("1.2.3-" + String(repeating: "a", count: 300), .tooLong),
        ]
    )
    func refuses(_ text: String, _ code: SemanticVersionError.Code) {
        let error = #expect(throws: SemanticVersionError.self) { try SemanticVersion(text) }
        #expect(error?.code == code)
    }

    @Test("The order is that of the specification")
    func ordersByPrecedence() throws {
        let ascending = try [
            "0.9.9", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-99999999999999999999999", "1.0.0-alpha", "1.0.0-alpha.1",
            "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0",
            "1.10.0", "2.0.0",
        ].map { try SemanticVersion($0) }
        for (left, right) in zip(ascending, ascending.dropFirst()) {
            #expect(left < right)
            #expect(!(right < left))
            #expect(left != right)
        }
        #expect(ascending.shuffled().sorted() == ascending)
    }

    @Test("Build metadata counts neither for equality nor for the hash")
    func ignoresBuild() throws {
        let (left, right) = (try SemanticVersion("1.0.0+a"), try SemanticVersion("1.0.0+b"))
        #expect(left == right)
        #expect(!(left < right) && !(right < left))
        #expect(Set([left, right]).count == 1)
    }

    @Test(
        "Lenient parsing fills in zeros",
        arguments: [
            ("1", "1.0.0", 1), ("1.2", "1.2.0", 2), ("v1.2.3", "1.2.3", 3), ("1.2.3-rc1+b", "1.2.3-rc1+b", 3),
            ("v4", "4.0.0", 1), ("01.02", "1.2.0", 2), ("1-rc1", "1.0.0-rc1", 1), ("0.31.1", "0.31.1", 3),
        ]
    )
    func readsLeniently(_ text: String, _ version: String, _ precision: Int) throws {
        let partial = try PartialVersion(text)
        #expect(partial.lowest.description == version)
        #expect(partial.precision == precision)
        #expect(partial.description == text)
    }

    @Test(
        "Lenient parsing still refuses nonsense",
        arguments: ["", "v", "V1", "1.x", "*", ">=1", "1.2.3.4", "1.2.3-01", "1 "]
    )
    func refusesLeniently(_ text: String) {
        #expect(throws: SemanticVersionError.self) { try PartialVersion(text) }
    }
}

@Suite("Version ranges")
struct VersionRangeTests {
    @Test(
        "A range holds what lies between its bounds",
        arguments: [
            ("1.0.0", nil, "1.0.0", true), ("1.0.0", nil, "0.9.9", false), ("1.0.0", nil, "1.1.0-rc1", false),
            ("1.0.0-0", nil, "1.1.0-rc1", true), (nil, "1.2", "1.2.9", true), (nil, "1.2", "1.3.0", false),
            (nil, "1", "1.99.0", true), (nil, "1", "2.0.0", false), (nil, "1.2.3", "1.2.4", false),
            (nil, "1.2.3", "1.2.3+x", true), ("1.2", nil, "1.2.0", true), ("1.2", nil, "1.1.9", false),
            ("1.0.0", "2.0.0", "1.5.0", true), ("1.0.0", "2.0.0", "2.0.1", false),
            ("1.0.0-0", "2.0.0", "1.5.0-rc1", false), (nil, "4.15.0-rhodf", "4.15.0-rhodf", true),
            (nil, "4.15.0-rhodf", "4.15.0", false), (nil, nil, "1.0.0-rc1", true),
        ] as [(String?, String?, String, Bool)]
    )
    func contains(_ minimum: String?, _ maximum: String?, _ version: String, _ expected: Bool) throws {
        let range = VersionRange(
            minimum: try minimum.map { try PartialVersion($0) },
            maximum: try maximum.map { try PartialVersion($0) }
        )
        #expect(range.contains(try SemanticVersion(version)) == expected, "\(range) and \(version)")
    }

    @Test("A range knows when it is empty or unbounded")
    func properties() throws {
        func range(_ minimum: String, _ maximum: String) throws -> VersionRange {
            VersionRange(minimum: try PartialVersion(minimum), maximum: try PartialVersion(maximum))
        }
        #expect(try range("2.0.0", "1.0.0").isEmpty)
        #expect(try !range("1.2.5", "1.2").isEmpty)
        #expect(try range("1.3.0", "1.2").isEmpty)
        #expect(VersionRange().isUnbounded)
        #expect(try range("1", "2").description == ">=1 <=2")
        #expect(VersionRange().description == "*")
    }
}
