import Testing

@testable import ImageSetConfig

@Suite("Rendering of diagnostics")
struct RenderingTests {
    @Test("Place, message, line, mark and help")
    func whole() {
        let outcome = Outcome(mirror: "platform:\n  channels:\n  - name: stable-4.15\n    minVerson: 4.15.1")
        #expect(
            outcome.rendered == """
                isc.yaml:6:7: error: unknown key "minVerson" in mirror.platform.channels[0] [unknownKey]
                  6 |       minVerson: 4.15.1
                    |       ^~~~~~~~~
                    = help: did you mean `minVersion`?
                """
        )
        #expect(outcome.diagnostics.first?.rendered(source: outcome.source) == outcome.rendered)
    }

    @Test("Control characters and long lines do no harm")
    func hostileLines() {
        let long = String(repeating: "ä", count: 1000)
        let outcome = Outcome(mirror: "\"\(long)\\e[31m\": 1\nplat\u{202E}form: 1")
        #expect(outcome.errors == ["unknownKey", "unknownKey"])
        #expect(!outcome.rendered.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
        for line in outcome.rendered.split(separator: "\n") where line.contains(" | ") { #expect(line.count < 200) }
    }

    @Test("A place past the end of the file has no line to show")
    func noLine() {
        let source = ConfigurationSource(fileName: "a.yaml", bytes: Array("x\r\ny\rz".utf8))
        let diagnostic = Diagnostic(.warning, .emptyName, at: SourceLocation(line: 9, column: 1), message: "m")
        #expect(diagnostic.rendered(source: source) == "a.yaml:9:1: warning: m [emptyName]")
        #expect(source.lines([1, 2, 3, 4]) == [1: "x", 2: "y", 3: "z"])
    }

    @Test("The error names file, place and number of mistakes in one sentence")
    func summary() throws {
        let error = #expect(throws: ImageSetConfigError.self) {
            try ImageSetConfiguration.load(
                text: "kind: ImageSetConfiguration\nfoo: 1\nmirror: {bar: 1}",
                fileName: "isc.yaml"
            )
        }
        #expect(error?.code == .invalid)
        #expect(error?.description == "isc.yaml:2:1: unknown key \"foo\" in the file, and 1 more")
        let unreadable = #expect(throws: ImageSetConfigError.self) {
            try ImageSetConfiguration.load(text: "a: [", fileName: "isc.yaml")
        }
        #expect(unreadable?.code == .unreadable)
    }
}

@Suite("Passwords in references")
struct CredentialMaskTests {
    @Test(arguments: [
        ("name: user:s3cret@quay.io/a/b:1", "name: user:******@quay.io/a/b:1"),
        ("docker://me:p%40ss@host/x", "docker://me:******@host/x"),
        ("ann:p/a/ss@host:5000/x", "ann:******@host:5000/x"), ("host:5000/a/b@latest", "host:5000/a/b@latest"),
        ("quay.io/a/b:v1@sha256:0123", "quay.io/a/b:v1@sha256:0123"),
        ("quay.io:5000/a@sha512:0123", "quay.io:5000/a@sha512:0123"),
        ("no at sign: here", "no at sign: here"),
    ])
    func areHidden(text: String, shown: String) {
        #expect(CredentialMask.masked(text) == shown)
    }

    @Test func areNeverRendered() throws {
        let text = "kind: ImageSetConfiguration\nmirror:\n  additionalImages:\n  - name: user:s3cret@quay.io/a/b:1\n"
        let error = #expect(throws: ImageSetConfigError.self) {
            try ImageSetConfiguration.load(text: text, fileName: "isc.yaml")
        }
        #expect(error?.rendered().contains("s3cret") == false, "\(error?.rendered() ?? "")")
        #expect("\(String(describing: error))".contains("s3cret") == false)
    }
}
