import FerryTestSupport
import Foundation
import Testing

@testable import ImageSetConfig

@Suite(
    "The schema says what the decoder says",
    .enabled("needs PyYAML and jsonschema") { await pythonHas("yaml, jsonschema") }
)
struct SchemaTests {
    /// Rules about several values at once, which a schema has no words for.
    private static let inexpressible: Set<String> = [
        "duplicateEntry", "emptyVersionRange", "defaultChannelNotSelected", "invalidPattern", "undefinedAlias",
    ]

    @Test("On the files of fixtures, examples and corpus")
    func folders() async throws {
        let folders = [Folders.fixtures, Folders.examples] + (Folders.hasCorpus ? [Folders.corpus] : [])
        let verdicts = try await Self.verdicts(folders)
        #expect(verdicts.count >= 12)
        for (path, isAccepted) in verdicts {
            let outcome = Outcome(Array(try Data(contentsOf: URL(filePath: path))), fileName: path)
            #expect(isAccepted == (outcome.configuration != nil), "\(path)\n\(outcome.rendered)")
        }
    }

    @Test("On each case of the diagnostics that it can express")
    func cases() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-schema-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            // A leftover folder in the temporary directory does no harm.
            try? FileManager.default.removeItem(at: folder)
        }
        var texts: [String: DiagnosticCase] = [:]
        for (index, test) in DiagnosticCase.all.enumerated()
        where !Self.inexpressible.isSuperset(of: test.errors) || test.errors.isEmpty {
            let file = folder.appending(path: "\(1000 + index).yaml")
            try Data(Outcome(mirror: test.mirror).source.bytes).write(to: file)
            texts[file.lastPathComponent] = test
        }
        let verdicts = try await Self.verdicts([folder])
        #expect(verdicts.count == texts.count)
        for (path, isAccepted) in verdicts {
            let test = try #require(texts[URL(filePath: path).lastPathComponent])
            #expect(isAccepted == test.errors.isEmpty, "\(test.mirror)")
        }
    }

    private static func verdicts(_ folders: [URL]) async throws -> [(path: String, isAccepted: Bool)] {
        let script = Folders.root.appending(path: "scripts/validate-schema.py").path
        let result = try await runPython([script] + folders.map(\.path))
        #expect(result.status == 0, "\(result)")
        return result.stdout.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            return (String(fields.count > 1 ? fields[1] : ""), fields[0] == "accepted")
        }
    }
}
