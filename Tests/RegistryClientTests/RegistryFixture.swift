import FerryTestSupport
import Foundation
import HTTPTestSupport
import HTTPTransport
import ImageStorage
import Logging
import NIOCore
import NIOPosix
import OCIModel
import OpenSSLCrypto
import RegistryClient
import Synchronization
import Testing

/// A client of a scripted registry.
enum RegistryFixture {
    /// Runs `body` with a client of a registry on a loopback port.
    static func withClient<Result: Sendable>(
        port: Int,
        credentials: CredentialStore = .none,
        time: TransportTime = SteppedTime().time,
        configuration: RegistryClientConfiguration = RegistryClientConfiguration(),
        _ body: (RegistryClient, HTTPTransport) async throws -> Result
    ) async throws -> Result {
        try await HTTPTransport.withTransport(
            HTTPTransportConfiguration(),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            time: time
        ) { transport in
            let clients = RegistryClients(
                transport: transport,
                credentials: credentials,
                configuration: configuration,
                logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
            )
            return try await body(clients.client(for: RegistryName("127.0.0.1:\(port)")), transport)
        }
    }

    /// Runs `body` with a scripted registry and a client of it; the probe of the scheme is answered already.
    static func withRegistry<Result: Sendable>(
        credentials: String? = nil,
        time: SteppedTime = SteppedTime(),
        configuration: RegistryClientConfiguration = RegistryClientConfiguration(),
        _ script: @escaping ScriptedServer.Script,
        _ body: (ScriptedServer, RegistryClient) async throws -> Result
    ) async throws -> Result {
        let probed = Counter()
        let whole: ScriptedServer.Script = { request in
            if request.uri == "/v2/", request["authorization"] == nil, probed.next() == 0 { return .init(401) }
            return script(request)
        }
        return try await ScriptedServer.withServer(whole) { server in
            let store: CredentialStore
            if let credentials {
                store = try await Self.credentials(credentials.replacing("HOST", with: server.authority))
            } else {
                store = .none
            }
            return try await withClient(
                port: server.port,
                credentials: store,
                time: time.time,
                configuration: configuration
            ) { client, _ in
                try await body(server, client)
            }
        }
    }

    /// Credentials from the text of an authentication file.
    static func credentials(_ json: String) async throws -> CredentialStore {
        let file = FileManager.default.temporaryDirectory.appending(path: "ferry-auth-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(json.utf8).write(to: file)
        return try await CredentialStore.load(authFile: file.path, environment: [:], userID: 0)
    }

    /// The descriptor of some bytes.
    static func blob(_ bytes: [UInt8]) throws -> Descriptor {
        try Descriptor(mediaType: .ociLayerGzip, digest: ContentHasher.digest(of: bytes), size: Int64(bytes.count))
    }

    /// An opener that gives some bytes in chunks of 1000.
    static func opener(_ bytes: [UInt8], opened: Counter = Counter()) -> BlobOpener {
        BlobOpener { offset, body in
            _ = opened.next()
            let rest = Chunks(Array(bytes.dropFirst(Int(offset))))
            try await body(BlobStream { rest.next() })
        }
    }

    /// All bytes of a stream.
    static func collect(_ stream: BlobStream) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try await stream.next() { bytes += chunk.readableBytesView }
        return bytes
    }

    /// The requests of a server without the probe of its scheme.
    static func lines(_ server: ScriptedServer) -> [String] { Array(server.lines.drop { $0 == "GET /v2/" }) }

    /// A minimal image manifest.
    static func manifest(subject: Digest? = nil, annotation: String = "") throws -> ManifestDocument {
        let empty = try blob(Array("{}".utf8))
        var text = #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","#
        text += #""artifactType":"application/x.test","config":{"mediaType":"application/vnd.oci.empty.v1+json","#
        text += #""digest":"\#(empty.digest)","size":2},"layers":[],"annotations":{"a":"\#(annotation)"}"#
        if let subject {
            text += #","subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","#
            text += #""digest":"\#(subject)","size":1}"#
        }
        return try ManifestDocument(verifying: Array((text + "}").utf8), contentType: nil, expected: nil)
    }
}

extension TestRegistry {
    /// Its port on this machine.
    var port: Int { name.port ?? 0 }
}

/// Counts from 0.
final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    var count: Int { value.load(ordering: .relaxed) }

    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Bytes in pieces of 1000.
private final class Chunks: Sendable {
    private let rest: Mutex<ArraySlice<UInt8>>

    init(_ bytes: [UInt8]) {
        rest = Mutex(bytes[...])
    }

    func next() -> ByteBuffer? {
        rest.withLock { rest in
            let chunk = rest.prefix(1_000)
            rest = rest.dropFirst(1_000)
            return chunk.isEmpty ? nil : ByteBuffer(bytes: chunk)
        }
    }
}
