import Foundation
import Testing

@testable import ImageSetConfig

@Suite("Configurations of users")
struct CorpusTests {
    /// The files that oc-mirror refuses, with the codes of their errors and the place of the first.
    static let refused: [String: (codes: [String], place: String)] = [
        "config-72938.yaml": (["mixedRanges"], "9:15"),
        "config-73783.yaml": (["invalidReference"], "6:12"),
        "config-88132-invalid.yaml": (["invalidPath"], "6:19"),
        "isc-platforms-and-archs.yaml": (["conflictingFields"], "13:5"),
    ]

    @Test("Each file is read, or refused for oc-mirror's reason", arguments: Folders.configurations(Folders.fixtures))
    func fixture(_ file: URL) throws {
        try check(file)
    }

    @Test(
        "Each file of the larger corpus is read, or refused for oc-mirror's reason",
        .enabled(if: Folders.hasCorpus),
        arguments: Folders.configurations(Folders.corpus)
    )
    func corpus(_ file: URL) throws {
        try check(file)
    }

    @Test("Each example is read without any warning", arguments: Folders.configurations(Folders.examples))
    func example(_ file: URL) throws {
        let outcome = Outcome(Array(try Data(contentsOf: file)), fileName: file.lastPathComponent)
        #expect(outcome.configuration != nil, "\(outcome.rendered)")
        #expect(outcome.diagnostics.isEmpty, "\(outcome.rendered)")
    }

    @Test("There are files to check")
    func filesExist() {
        #expect(Folders.configurations(Folders.fixtures).count >= 6)
        #expect(Folders.configurations(Folders.examples).count >= 6)
        if Folders.hasCorpus { #expect(Folders.configurations(Folders.corpus).count >= 40) }
    }

    private func check(_ file: URL) throws {
        let outcome = Outcome(Array(try Data(contentsOf: file)), fileName: file.lastPathComponent)
        let expected = Self.refused[file.lastPathComponent]
        #expect(outcome.errors == expected?.codes ?? [], "\(outcome.rendered)")
        #expect(outcome.place == expected?.place)
        #expect((outcome.configuration != nil) == (expected == nil))
    }
}
