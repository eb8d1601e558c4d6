import FerryTestSupport
import Foundation
import HTTPTestSupport
import HTTPTransport
import ImageStorage
import NIOCore
import OCIModel
import RegistryClient
import RegistryServer
import Synchronization
import Testing

/// The client before a registry that a token service guards.
struct TokenServiceTests {
    private let repository: RepositoryPath
    private let blob: TestBlob

    init() throws {
        repository = try RepositoryPath("team/app")
        blob = try TestBlob(seed: 1, size: 300_000)
    }

    /// Runs `body` with a guarded registry that holds the blob, and a client whose clock is the service's.
    ///
    /// `RIGHT` and `WRONG` in credentials stand for the registry's name and for another one.
    private func withGuarded(
        credentials: String? = nil,
        time: SteppedTime = SteppedTime(),
        _ change: (inout TokenService.Options) -> Void = { _ in },
        behaviour: ((TokenService) -> RegistryBehaviour)? = nil,
        faults: [FaultRule] = [],
        _ body: (TokenService, TestRegistry, RegistryClient) async throws -> Void
    ) async throws {
        let service = TokenService(now: time.time.now, change)
        try await withRegistry(faults: faults, behaviour: behaviour?(service) ?? service.behaviour) { registry in
            try await blob.write(to: registry.store, in: repository)
            var store = CredentialStore.none
            if let credentials {
                store = try await RegistryFixture.credentials(
                    credentials.replacing("HOST", with: registry.name.text)
                )
            }
            try await RegistryFixture.withClient(port: registry.port, credentials: store, time: time.time) {
                client,
                _ in
                try await body(service, registry, client)
            }
        }
    }

    /// What a server sends of the blob when it cuts the first answer after 100 000 bytes.
    ///
    /// The HTTP client drops what it has received and not handed on when a connection ends, so that some bytes can be
    /// sent twice; a blob that is begun anew costs all of the first answer's once more.
    private static let sentOnceWithOneCut: Range<Int64> = 300_000..<400_000

    private func read(_ client: RegistryClient, _ chunk: (Int) -> Void = { _ in }) async throws -> [UInt8] {
        try await client.withBlob(blob.descriptor, in: repository, from: 0) { stream in
            var bytes: [UInt8] = []
            while let part = try await stream.next() {
                bytes += part.readableBytesView
                chunk(bytes.count)
            }
            return bytes
        }
    }

    @Test(arguments: ["", "0", "-1", #""300""#, "1", "0.2", #""soon""#, "null", "1e99"])
    func `asks once, whatever is stated about a token's life`(stated: String) async throws {
        try await withGuarded({ $0.statedLifetime = stated }) { service, _, client in
            for _ in 0..<50 { _ = try await client.tags(in: repository) }
            #expect(service.counts.tokens == 1)
            #expect(service.counts.scopes == [["repository:team/app:pull"]])
        }
    }

    @Test func `renews before the end, so that nothing is refused`() async throws {
        let time = SteppedTime()
        try await withGuarded(time: time, { $0.lifetime = .seconds(10) }) { service, _, client in
            _ = try await client.tags(in: repository)
            let refused = service.counts.unauthorized
            for _ in 0..<20 {
                time.advance(by: .seconds(3))
                _ = try await client.tags(in: repository)
            }
            #expect(service.counts.unauthorized == refused)
            #expect((6...8).contains(service.counts.tokens))
        }
    }

    @Test func `renews when a token ends sooner than stated`() async throws {
        let time = SteppedTime()
        try await withGuarded(time: time, { ($0.lifetime, $0.statedLifetime) = (.seconds(2), "300") }) {
            service,
            _,
            client in
            for _ in 0..<5 {
                _ = try await client.tags(in: repository)
                time.advance(by: .seconds(3))
            }
            #expect(service.counts.tokens == 5)
            #expect(service.counts.expired == 4)
        }
    }

    @Test func `tries again when requests arrive too late for their tokens`() async throws {
        let time = SteppedTime()
        let late = Counter()
        let behaviour: (TokenService) -> RegistryBehaviour = { service in
            { request in
                if request.route?.repository != nil, late.next() < 3 { time.advance(by: .seconds(3)) }
                return await service.behaviour(request)
            }
        }
        try await withGuarded(time: time, { $0.lifetime = .seconds(2) }, behaviour: behaviour) { service, _, client in
            _ = try await client.tags(in: repository)
            #expect(service.counts.expired == 2)
        }
    }

    @Test func `goes on in the middle of a blob with another token`() async throws {
        let cut = FaultRule(.cutAnswer(afterBytes: 100_000), on: .blobs, when: .first(1))
        try await withGuarded(faults: [cut]) { service, registry, client in
            let bytes = try await read(client) { if $0 < 100_000 { service.revokeTokens() } }
            #expect(bytes == blob.bytes)
            #expect(service.counts.tokens == 2)
            #expect(Self.sentOnceWithOneCut.contains(registry.traffic.counts.blobBytesSent))
        }
    }

    @Test func `asks the registry again when a storage no longer takes its address`() async throws {
        try await withRegistry { storage in
            try await blob.write(to: storage.store, in: repository)
            storage.faults.replace(with: [
                FaultRule(.status(403), on: .blobs, when: .numbers([1, 3])),
                FaultRule(.cutAnswer(afterBytes: 100_000), on: .blobs, when: .numbers([1])),
            ])
            let location = "http://\(storage.name)/v2/\(repository)/blobs/\(blob.descriptor.digest)?signature=x"
            let redirect = FaultRule(.answer(.init(status: 307, fields: ["Location": location], body: "")), on: .blobs)
            try await withGuarded(faults: [redirect]) { _, registry, client in
                let bytes = try await read(client)
                #expect(bytes == blob.bytes)
                #expect(storage.traffic.counts.statuses[403] == 2)
                #expect(Self.sentOnceWithOneCut.contains(storage.traffic.counts.blobBytesSent))
                #expect(registry.traffic.counts.blobGets >= 4)
            }
            // One that always refuses is not asked for ever.
            storage.faults.replace(with: [FaultRule(.status(403), on: .blobs)])
            try await withGuarded(faults: [redirect]) { _, _, client in
                let error = await #expect(throws: RegistryClientError.self) { try await read(client) }
                #expect(error?.code == .denied)
            }
        }
    }

    @Test func `asks for no more rights than are needed, and for no more than two scopes`() async throws {
        let other = try RepositoryPath("other/app")
        try await withGuarded { service, registry, client in
            try await blob.write(to: registry.store, in: other)
            _ = try await client.tags(in: other)
            let isMounted = try await client.mountBlob(blob.descriptor, from: other, to: RepositoryPath("new"))
            #expect(isMounted)
            for number in 0..<20 {
                _ = try await client.containsBlob(blob.descriptor, in: RepositoryPath("r\(number)"))
            }
            let asked = service.counts.scopes
            #expect(asked.contains(["repository:other/app:pull"]))
            #expect(asked.contains(["repository:new:pull,push", "repository:other/app:pull"]))
            #expect(asked.map(\.count).max() == 2)
            #expect(Set(asked).count == asked.count)
        }
    }

    @Test(arguments: [401, 403])
    func `uploads when no token is given for the source of a mount`(status: Int) async throws {
        let fault: @Sendable (String) -> Int? = { $0 == "repository:other:pull" ? status : nil }
        try await withGuarded({ $0.fault = fault }) { service, registry, client in
            let target = try RepositoryPath("new")
            for _ in 0..<3 {
                let isMounted = try await client.mountBlob(blob.descriptor, from: RepositoryPath("other"), to: target)
                #expect(!isMounted)
            }
            try await client.writeBlob(blob.descriptor, to: target, from: blob.opener)
            #expect(registry.traffic.counts.uploadsFinished == 1)
            #expect(service.counts.refusals == 1)
        }
    }

    @Test func `keeps the accounts of repositories of one host apart`() async throws {
        let accounts = #"{"auths":{"HOST/a":{"auth":"YTph"},"HOST/b":{"auth":"Yjpi"}}}"#  // a:a and b:b
        let right = { (path: String) in TokenService.Right(below: path, ["pull", "push"]) }
        try await withGuarded(
            credentials: accounts,
            { options in
                options.accounts = [
                    .init("a", "a", rights: [right("a")]), .init("b", "b", rights: [right("b"), right("c")]),
                ]
                options.refusal = 403
            }
        ) { service, _, client in
            try await client.ping()
            for _ in 0..<3 {
                for path in ["a/x", "b/x", "a/y"] {
                    _ = try await client.containsBlob(blob.descriptor, in: RepositoryPath(path))
                }
            }
            #expect(service.counts.tokens == 3)
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.containsBlob(blob.descriptor, in: RepositoryPath("c/x"))
            }
            #expect(error?.code == .unauthorized)
            #expect(error?.message.contains("no credentials for \"repository:c/x:pull,push\" were found") == true)
        }
    }

    @Test(arguments: [nil, 403])
    func `tells what an account may not do`(refusal: Int?) async throws {
        let login = #"{"auths":{"HOST":{"auth":"YW5uOnMzY3IzdA=="}}}"#  // ann:s3cr3t
        try await withGuarded(
            credentials: login,
            { options in
                options.accounts = [.init("ann", "s3cr3t", rights: [.init(below: "", ["pull"])])]
                options.refusal = refusal
            }
        ) { _, registry, client in
            try await client.ping()
            let error = await #expect(throws: RegistryClientError.self) {
                try await client.writeBlob(
                    blob.descriptor,
                    to: repository,
                    from: blob.opener
                )
            }
            #expect(error?.code == .unauthorized)
            let message = error?.message ?? ""
            let parts = [
                registry.name.text, "team/app", "repository:team/app:pull,push", "ferry-auth-",
                "entry \"\(registry.name)\"",
            ]
            for part in parts { #expect(message.contains(part), "\(message)") }
            #expect(!message.contains("s3cr3t"))
        }
    }

    @Test func `gets its tokens from another server, and its password goes nowhere else`() async throws {
        let login = #"{"auths":{"HOST":{"auth":"YW5uOnMzY3IzdA=="}}}"#
        let service = TokenService { $0.accounts = [.init("ann", "s3cr3t")] }
        let leaked = Counter()
        let watched: RegistryBehaviour = { request in
            if request.fields["authorization"]?.hasPrefix("Basic") == true { _ = leaked.next() }
            return await service.behaviour(request)
        }
        try await withRegistry(behaviour: service.endpoint) { tokens in
            service.update { $0.realm = "http://\(tokens.name)/token" }
            try await withRegistry(behaviour: watched) { registry in
                let store = try await RegistryFixture.credentials(
                    login.replacing("HOST", with: registry.name.text)
                )
                try await RegistryFixture.withClient(port: registry.port, credentials: store) { client, _ in
                    try await client.ping()
                    #expect(try await client.containsBlob(blob.descriptor, in: repository) == false)
                }
            }
            #expect(service.counts.tokens == 2)
            #expect(leaked.count == 0)
        }
    }

    @Test func `asks for what the registry calls a repository`() async throws {
        let behaviour: (TokenService) -> RegistryBehaviour = { service in
            { request in
                guard var made = await service.behaviour(request) else { return nil }
                if let field = made.answer?.fields["WWW-Authenticate"] {
                    made.answer?.fields["WWW-Authenticate"] = field.replacing("team/app", with: "cache/team/app")
                }
                return made
            }
        }
        try await withGuarded(behaviour: behaviour) { service, _, client in
            _ = try await client.tags(in: repository)
            _ = try await client.tags(in: repository)
            #expect(service.counts.scopes == [["repository:team/app:pull", "repository:cache/team/app:pull"]])
        }
    }
}
