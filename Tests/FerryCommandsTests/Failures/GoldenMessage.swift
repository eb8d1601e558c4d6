import FerryTestSupport
import Foundation
import OCIModel
import Testing

/// The lines of a command that tell of a failure, without what differs from run to run.
///
/// `FERRY_UPDATE_GOLDEN=1 swift test --filter FaultMessage` writes the files of `Fixtures/Messages` anew.
struct GoldenMessage: Sendable {
    /// The first line is the exit code; then come the lines of the failure.
    let text: String

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/Messages")

    /// Normalises the lines of a command.
    init(_ lines: [String], status: Int32, _ stage: FaultStage) {
        var text = lines.joined(separator: "\n")
        for (name, word) in [(stage.source.name.text, "SOURCE"), (stage.target.name.text, "TARGET")] {
            text = text.replacingOccurrences(of: name, with: word)
        }
        text = text.replacingOccurrences(of: stage.scene.folder, with: "$DIR")
        text = Self.replace(#"127\.0\.0\.1:[0-9]{2,5}"#, in: text) { _ in "HOST" }
        var digests: [String] = []
        text = Self.replace("[0-9a-f]{64}", in: text) { digest in
            if !digests.contains(digest) { digests.append(digest) }
            return "DIGEST\((digests.firstIndex(of: digest) ?? 0) + 1)"
        }
        // The ids of media sets depend on the ports of their sources.
        text = Self.replace("(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])", in: text) { _ in "SET" }
        // Neither do the sizes of volumes, nor what a file system takes for itself.
        text = Self.replace("[0-9]{5,} bytes|(?<=instead of )[0-9]+", in: text) { _ in "N bytes" }
        self.text = "exit \(status)\n" + text + "\n"
    }

    private static func replace(_ pattern: String, in text: String, _ word: (String) -> String) -> String {
        guard let expression = try? NSRegularExpression(pattern: pattern) else { return text }
        var result = text
        let matches = expression.matches(in: text, range: NSRange(text.startIndex..., in: text))
        // Words are made in the order of the text, and put in from its end.
        let words = matches.map { match in Range(match.range, in: text).map { word(String(text[$0])) } ?? "" }
        for (match, word) in zip(matches, words).reversed() {
            guard let range = Range(match.range, in: result) else { continue }
            result.replaceSubrange(range, with: word)
        }
        return result
    }

    /// Compares with the golden file, or writes it when that is asked for.
    func compare(with name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = Self.folder.appendingPathComponent("\(name).txt")
        if ProcessInfo.processInfo.environment["FERRY_UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            return
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(text == golden, "\(file.path)", sourceLocation: sourceLocation)
    }
}
