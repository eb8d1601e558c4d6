import FerryTestSupport
import Foundation
import HTTPTestSupport
import HTTPTransport
import NIOPosix
import OCIModel
import Testing

@testable import Releases

@Suite struct SignatureStoreReaderTests {
    private static let path = "/s/sha256=\(SignatureText.hex)/signature-"

    /// Asks a server that answers by the number of the signature.
    private func ask(
        _ answers: @escaping @Sendable (Int) -> ScriptedAnswer
    ) async throws -> (answer: SignatureStoreAnswer, numbers: [Int]) {
        try await ScriptedServer.withServer({ request in
            guard request.path.hasPrefix(Self.path), let number = Int(request.path.dropFirst(Self.path.count)) else {
                return ScriptedAnswer(404)
            }
            return answers(number)
        }) { server in
            try await withSignatureTransport { transport in
                let store = try SignatureStore("http://\(server.authority)/s/")
                let answer = try await SignatureStoreReader(transport: transport)
                    .read(store, of: try Digest(SignatureText.digest))
                return (answer, server.requests.compactMap { Int($0.path.dropFirst(Self.path.count)) })
            }
        }
    }

    private func texts(_ answer: SignatureStoreAnswer) -> [String?] {
        answer.candidates.map { $0.bytes.map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test func walksUpToTheFirstThatIsNotThere() async throws {
        let (answer, numbers) = try await ask { $0 < 3 ? ScriptedAnswer(200, text: "s\($0)") : ScriptedAnswer(404) }
        #expect(texts(answer) == ["s1", "s2"])
        #expect(answer.failure == nil)
        #expect(numbers == [1, 2, 3])
        #expect(answer.candidates.first?.place.hasSuffix("\(Self.path)1") == true)
    }

    @Test func aMissingFirstHidesTheSecond() async throws {
        let (answer, numbers) = try await ask { $0 == 2 ? ScriptedAnswer(200, text: "s") : ScriptedAnswer(404) }
        #expect(answer == SignatureStoreAnswer())
        #expect(numbers == [1])
    }

    @Test func passesOverEmptyOnes() async throws {
        let (answer, numbers) = try await ask { number in
            switch number {
            case 1: ScriptedAnswer(200)
            case 2: ScriptedAnswer(204)
            case 3: ScriptedAnswer(200, text: "s3")
            default: ScriptedAnswer(410)
            }
        }
        #expect(texts(answer) == ["s3"])
        #expect(answer.failure == nil)
        #expect(numbers == [1, 2, 3, 4])
    }

    @Test func stopsAfterTheLimit() async throws {
        let (answer, numbers) = try await ask { _ in ScriptedAnswer(200, text: "s") }
        #expect(answer.candidates.count == 32)
        #expect(numbers == Array(1...32))
    }

    @Test func tellsOfSignaturesThatAreTooLarge() async throws {
        let limit = ReleaseSignatureVerifier.maximumBytes
        let (answer, _) = try await ask { number in
            number > 3
                ? ScriptedAnswer(404) : ScriptedAnswer(200, body: [UInt8](repeating: 1, count: limit - 2 + number))
        }
        #expect(answer.candidates.map { $0.bytes?.count } == [limit - 1, limit, nil])
        #expect(answer.failure == nil)
    }

    @Test(arguments: [500, 503, 403, 401, 302, 400])
    func tellsOfFailuresAndKeepsWhatItHas(status: Int) async throws {
        let (answer, numbers) = try await ask { $0 == 1 ? ScriptedAnswer(200, text: "s1") : ScriptedAnswer(status) }
        #expect(texts(answer) == ["s1"])
        #expect(answer.failure?.contains("\(status)") == true)
        // What may pass is tried again.
        #expect(numbers.count == (status >= 500 ? 4 : 2))
    }

    @Test("a host whose name nobody knows is asked once: as a rule there is no network")
    func givesUpUnknownNames() async throws {
        try await withSignatureTransport { transport in
            let answer = try await SignatureStoreReader(transport: transport).read(
                try SignatureStore("https://signatures.example.invalid/"),
                of: try Digest(SignatureText.digest)
            )
            #expect(answer.candidates.isEmpty)
            let failure = try #require(answer.failure)
            #expect(failure.contains("not known") && !failure.contains("tried"), "\(failure)")
        }
    }

    @Test func triesAgain() async throws {
        let counter = RequestCounter()
        let (answer, _) = try await ask { number in
            number > 1 ? ScriptedAnswer(404) : counter.next() < 3 ? ScriptedAnswer(503) : ScriptedAnswer(200, text: "s")
        }
        #expect(texts(answer) == ["s"])
        #expect(answer.failure == nil)
    }

    @Test func followsRedirects() async throws {
        let (answer, _) = try await ScriptedServer.withServer({ request in
            switch request.path {
            case "\(Self.path)1": ScriptedAnswer(302, [("location", "/elsewhere")])
            case "/elsewhere": ScriptedAnswer(200, text: "moved")
            default: ScriptedAnswer(404)
            }
        }) { server in
            try await withSignatureTransport { transport in
                let store = try SignatureStore("http://\(server.authority)/s")
                let digest = try Digest(SignatureText.digest)
                return (try await SignatureStoreReader(transport: transport).read(store, of: digest), 0)
            }
        }
        #expect(texts(answer) == ["moved"])
    }

    // MARK: Folders

    private func read(_ store: SignatureStore) async throws -> SignatureStoreAnswer {
        try await withSignatureTransport { transport in
            try await SignatureStoreReader(transport: transport).read(store, of: try Digest(SignatureText.digest))
        }
    }

    private func write(_ text: String, to path: String) throws {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    @Test func walksFolders() async throws {
        try await withTemporaryFolder { folder in
            let inner = "\(folder)/real/sha256=\(SignatureText.hex)"
            try write("s1", to: "\(inner)/signature-1")
            try write("", to: "\(inner)/signature-2")
            try write(String(repeating: "x", count: 65_537), to: "\(inner)/signature-3")
            try write("s5", to: "\(inner)/signature-5")
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "real")
            let answer = try await read(try SignatureStore("file://\(folder)/link"))
            #expect(texts(answer) == ["s1", nil])
            #expect(answer.failure == nil)
        }
    }

    @Test func tellsOfFoldersThatAreNotThere() async throws {
        try await withTemporaryFolder { folder in
            #expect(try await read(try SignatureStore("file://\(folder)/none")).failure != nil)
            try write("x", to: "\(folder)/file")
            #expect(try await read(try SignatureStore("file://\(folder)/file")).failure != nil)
            #expect(try await read(try SignatureStore("file://\(folder)")) == SignatureStoreAnswer())
        }
    }

    /// A pipe in the place of a signature is not waited for.
    @Test func takesFilesOnly() async throws {
        try await withTemporaryFolder { folder in
            let inner = "\(folder)/sha256=\(SignatureText.hex)"
            try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
            #expect(mkfifo("\(inner)/signature-1", 0o600) == 0)
            #expect(try await read(try SignatureStore("file://\(folder)")).failure?.contains("not a file") == true)
        }
    }

    @Test func findsKeptSignaturesByTheirNames() async throws {
        try await withTemporaryFolder { folder in
            try write("b", to: "\(folder)/b-sha256-\(SignatureText.hex)")
            try write("a", to: "\(folder)/a-sha256-\(SignatureText.hex)")
            try write("other", to: "\(folder)/a-sha256-" + String(repeating: "00", count: 32))
            try write("unfinished", to: "\(folder)/.a-sha256-\(SignatureText.hex).tmp")
            let answer = try await read(.collection(folder))
            #expect(texts(answer) == ["a", "b"])
            #expect(answer.failure == nil)
            #expect(try await read(.collection("\(folder)/none")) == SignatureStoreAnswer())
        }
    }
}

/// Runs a body with a transport that tries thrice and never waits.
func withSignatureTransport<Result: Sendable>(_ body: (HTTPTransport) async throws -> Result) async throws -> Result {
    var configuration = HTTPTransportConfiguration()
    configuration.retryPolicy.tries = 3
    return try await HTTPTransport.withTransport(
        configuration,
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        time: SteppedTime().time,
        body
    )
}
