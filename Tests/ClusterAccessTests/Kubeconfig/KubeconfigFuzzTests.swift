import FerryTestSupport
import SeededRandom
import Testing

@testable import ClusterAccess

/// Hostile and damaged kubeconfigs: an error in good time, which tells no secret.
struct KubeconfigFuzzTests {
    private func load(_ bytes: [UInt8]) throws(ClusterAccessError) -> ClusterConnection {
        try loadFiles(["/k/config": bytes], KubeconfigLocations(explicit: "/k/config", environment: [:]))
    }

    private static let bomb =
        "a0: &a0 [x]\n"
        + (1..<40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
    private static let million = 1_000_000

    /// The texts are long, so tests go by their numbers.
    private static let hostile = [
        bomb + "clusters: *a39\n", bomb + "? *a39\n: x\n", String(repeating: "[", count: million),
        String(repeating: "{a: ", count: million / 4), String(repeating: "- ", count: million / 2),
        String(repeating: "? ", count: million / 2), String(repeating: "a: &a ", count: million / 6),
        String(repeating: "- [a, {b: c}]\n", count: million / 14), String(repeating: "\"", count: million),
        String(repeating: "a\n", count: million / 2), "\u{FEFF}", "\u{0}", "---\n...\n---\n", "%YAML 9.9\n---\n",
        "users: [[[[]]]]", "users: {a: b}", "users: [null]", "users: [{name: }]", "clusters: [{cluster: {}}]",
        "contexts: [{name: x, context: [x]}]\ncurrent-context: x", "current-context: [x]", "!!python/object:a {}",
        String(repeating: ",[", count: 190), "x: \u{E000}\u{F8FF}*a",
    ]

    @Test(.timeLimit(.minutes(1)), arguments: hostile.indices)
    func `survives hostile files`(index: Int) {
        #expect(throws: ClusterAccessError.self) { try load(Array(Self.hostile[index].utf8)) }
    }

    @Test func `refuses what is no text`() {
        let error = #expect(throws: ClusterAccessError.self) { try load([0xFF, 0xFE, 0x61, 0x00]) }
        #expect(error?.code == .invalidKubeconfig)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `fuzz: damage never shows a secret`(run: UInt64) {
        var generator = FuzzSeed.generator(run)
        var kubeconfig = KubeconfigText()
        kubeconfig.user = "{token: SECRETSECRETSECRET, client-certificate-data: \"SECRETSECRET\", client-key: none}"
        let sample = Array(kubeconfig.text.utf8)
        let alphabet = Array("{}[]:,&*!|>'\"%@`#-? \n\t\\\u{0}\u{7F}aä~<".utf8)
        for _ in 0..<200 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[index] = byte
                case 1: bytes.insert(byte, at: index)
                case 2: bytes.remove(at: index)
                default: bytes.removeSubrange(index..<min(bytes.count, index + 12))
                }
            }
            do {
                let connection = try load(bytes)
                #expect(!"\(connection)".contains("SECRET"))
            } catch {
                // A damaged file may make a name or a path of a secret; those are shown.
                let isName = error.code == .kubeconfigEntryNotFound || error.code == .unreadableFile
                #expect(
                    isName || !error.message.contains("SECRET"),
                    "\(error) \(String(decoding: bytes, as: UTF8.self))"
                )
            }
        }
    }
}
