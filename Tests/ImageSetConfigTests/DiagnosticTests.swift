import Testing

@testable import ImageSetConfig

@Suite("Diagnostics of mirror")
struct DiagnosticTests {
    @Test("Keys", arguments: DiagnosticCase.keys)
    func keys(_ test: DiagnosticCase) { test.check() }

    @Test("Types", arguments: DiagnosticCase.types)
    func types(_ test: DiagnosticCase) { test.check() }

    @Test("Images", arguments: DiagnosticCase.images)
    func images(_ test: DiagnosticCase) { test.check() }

    @Test("Releases", arguments: DiagnosticCase.releases)
    func releases(_ test: DiagnosticCase) { test.check() }

    @Test("Operators", arguments: DiagnosticCase.operators)
    func operators(_ test: DiagnosticCase) { test.check() }

    @Test("Helm", arguments: DiagnosticCase.helm)
    func helm(_ test: DiagnosticCase) { test.check() }

    @Test("All mistakes of a file are found at once, in its order")
    func allAtOnce() {
        let outcome = Outcome(
            """
            kind: ImageSetConfiguration
            apiVersion: mirror.openshift.io/v2beta1
            archiveSize: -1
            metadata: {name: x}
            mirror:
              platform:
                graf: true
                channels:
                - name: stable-4.18
                  minVersion: 4.18
              additionalImages:
              - name: quay.io/a/b
              blockedImages:
              - name: '('
            """
        )
        #expect(
            outcome.errors == [
                "numberOutOfRange", "unknownKey", "unknownKey", "wrongType", "invalidReference", "invalidPattern",
            ]
        )
        #expect(outcome.warnings == ["unknownAPIVersion"])
        #expect(outcome.diagnostics.map(\.location.line) == [2, 3, 4, 7, 10, 12, 14])
    }

    @Test("No more than the limit is listed, and warnings never make a file invalid")
    func limit() {
        let many = (0..<1200).map { "- {catalog: 'q.io/a:\($0)', skipDependencies: true}" }.joined(separator: "\n")
        let outcome = Outcome(mirror: "operators:\n\(many)")
        #expect(outcome.configuration?.operators.count == 1200)
        #expect(outcome.diagnostics.count == DiagnosticCollector.limit + 1)
        let wrong = Outcome(mirror: "operators:\n" + (0..<1200).map { _ in "- {}" }.joined(separator: "\n"))
        #expect(wrong.errors.count == DiagnosticCollector.limit + 1)
        #expect(wrong.errors.last == "tooManyDiagnostics")
    }
}
