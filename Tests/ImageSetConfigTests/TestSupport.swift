import Foundation
import Testing

@testable import ImageSetConfig

/// The folders that tests read.
enum Folders {
    /// The root of the repository.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// Small files copied from a public repository.
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    /// The configurations that users may start from.
    static let examples = root.appending(path: "examples")
    /// More configurations, on the machines that have them.
    static let corpus = root.appending(path: "../shared/data/imagesets").standardizedFileURL

    /// Whether the larger corpus is there.
    static let hasCorpus = FileManager.default.fileExists(atPath: corpus.path)

    /// The YAML files of a folder, sorted; empty when there is no such folder.
    static func configurations(_ folder: URL) -> [URL] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "yaml" }
                .sorted { $0.path < $1.path }
        } catch {
            return []
        }
    }
}

/// What came of reading one text: the configuration or not, and every diagnostic.
struct Outcome {
    let configuration: ImageSetConfiguration?
    let diagnostics: [Diagnostic]
    let source: ConfigurationSource

    init(_ bytes: [UInt8], fileName: String = "isc.yaml", expecting kind: ConfigurationKind? = nil) {
        do {
            let loaded = try ImageSetConfiguration.load(bytes: bytes, fileName: fileName, expecting: kind)
            (configuration, diagnostics, source) = (loaded.configuration, loaded.warnings, loaded.configuration.source)
        } catch {
            (configuration, diagnostics, source) = (nil, error.diagnostics, error.source)
        }
    }

    init(_ text: String, expecting kind: ConfigurationKind? = nil) {
        self.init(Array(text.utf8), expecting: kind)
    }

    /// An ImageSetConfiguration with the given content of `mirror`, which begins in line 3 and is indented by two.
    init(mirror: String) {
        self.init(
            "kind: ImageSetConfiguration\nmirror:\n"
                + mirror.split(separator: "\n", omittingEmptySubsequences: false)
                .map { "  " + $0 }.joined(separator: "\n")
        )
    }

    /// The codes of the errors, in the order of the file.
    var errors: [String] { diagnostics.filter { $0.severity == .error }.map(\.code.description) }

    /// The codes of the warnings, in the order of the file.
    var warnings: [String] { diagnostics.filter { $0.severity == .warning }.map(\.code.description) }

    /// `line:column` of the first error.
    var place: String? { diagnostics.first { $0.severity == .error }?.location.description }

    var rendered: String { diagnostics.rendered(source: source) }
}
