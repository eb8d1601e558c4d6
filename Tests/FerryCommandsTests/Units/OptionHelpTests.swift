import ArgumentParser
import FerryTestSupport
import Foundation
import HTTPTransport
import Testing

@testable import FerryCommands

@Suite("What is said of options") struct OptionHelpTests {
    /// The help of a command: for each option that takes a value, its name and the whole of its text.
    private func options(of command: any ParsableCommand.Type) -> [(name: String, text: String)] {
        let help = FerryCommand.helpMessage(for: command, columns: 200)
        var options: [(name: String, text: String)] = []
        for line in help.split(separator: "\n").drop(while: { $0 != "OPTIONS:" }).dropFirst() {
            if line.hasPrefix("  -") {
                let name = line.split(separator: " ").first { $0.hasPrefix("--") } ?? ""
                options.append((String(name), String(line)))
            } else if let last = options.indices.last {
                options[last].text += " " + line.drop { $0 == " " }
            }
        }
        return options.filter { $0.text.contains(" <") }
    }

    @Test("each option of mirror says its default, or has none")
    func defaults() {
        let options = options(of: MirrorCommand.self)
        #expect(options.count > 30)
        let withoutDefault = options.filter { !$0.text.lowercased().contains("default") }.map(\.name)
        // What is to be done, and what is trusted besides: nothing stands in for these.
        #expect(
            withoutDefault == ["--config", "--lock", "--from", "--workspace", "--repair", "--certificate-authority"]
        )
    }

    @Test("the defaults that are said are those that count")
    func values() throws {
        let standard = HTTPTransportConfiguration()
        let texts = Dictionary(options(of: DoctorCommand.self).map { ($0.name, $0.text) }) { $1 }
        #expect(standard.retryPolicy.tries == 8 && texts["--retry-times"]?.contains("the default is 7") == true)
        #expect(standard.retryPolicy.base == .milliseconds(500))
        #expect(texts["--retry-delay"]?.contains("default is 500ms.") == true, "\(texts)")
        #expect(standard.progressTimeout == .seconds(60))
        #expect(texts["--image-timeout"]?.contains("default is 60s.") == true, "\(texts)")
        #expect(texts["--max-nested-paths"]?.contains("0, the default,") == true)
        for (span, text) in [(90_500, "90500ms"), (90_000, "90s"), (600_000, "10m"), (0, "0s")] {
            #expect(TimeSpan.text(.milliseconds(span)) == text)
        }
    }

    @Test(
        "a value that an option does not take: the message names forms that it takes",
        arguments: [
            ("mirror --limit-rate 5X", ["'5X'", "10M, 512KiB or 1.5MB"]),
            ("mirror --retry-delay 1y", ["'1y'", "500ms, 2s or 1m"]),
            ("mirror --image-timeout soon", ["90s, 10m or 1h30m"]),
            ("mirror --retry-times often", ["from 0 to 100"]),
            ("mirror --retry-times 101", ["from 0 to 100"]),
            ("mirror --requests-per-second 1/s", ["such as 5 or 0.5"]),
            ("mirror --src-tls-verify maybe", ["true or false"]),
            ("mirror --dest-tls-verify 2", ["true or false"]),
            ("mirror --parallel-images many", ["from 1 to 100"]),
            ("mirror --parallel-layers x", ["from 1 to 100"]),
            ("mirror --max-nested-paths deep", ["such as 2; 0, the default"]),
            ("plan --max-nested-paths deep", ["such as 2; 0, the default"]),
            ("mirror --base all", ["'written', 'acknowledged' or 'none'"]),
            ("doctor --answer-timeout long", ["500ms, 4s or 1m"]),
            ("sample release docker://a/b --size huge", ["1.7GB, 200MB or 4GiB"]),
        ]
    )
    func badValues(line: String, parts: [String]) {
        let words = line.split(separator: " ").map(String.init) + (line.hasPrefix("sample") ? [] : ["docker://a/b"])
        do {
            _ = try FerryCommand.parseAsRoot(words)
            Issue.record("\(line) was taken")
        } catch {
            let message = FerryProgram.message(for: error)
            #expect(parts.allSatisfy { message.contains($0) } && !message.contains("\n"), "\(message)")
        }
    }

    @Test("a folder of certificates that is none is told", arguments: ["nowhere", "file", ""])
    func certificateFolder(name: String) async throws {
        try await withScene { scene in
            try scene.write("", to: "file")
            try FileManager.default.createDirectory(atPath: scene.path("certs"), withIntermediateDirectories: true)
            let words = ["plan", "-c", "isc.yaml", "--cert-dir"]
            let result = try await scene.ferry(arguments: words + [name], exits: 1)
            #expect(result.stderr.hasPrefix("error: --cert-dir \(name)"), "\(result)")
            #expect(result.stderr.contains(name == "file" ? "is no folder" : "there is no such folder"), "\(result)")
            let other = try await scene.ferry(arguments: words + ["certs"], exits: 1)
            #expect(!other.stderr.contains("cert-dir") && other.stderr.contains("isc.yaml"), "\(other)")
        }
    }
}
