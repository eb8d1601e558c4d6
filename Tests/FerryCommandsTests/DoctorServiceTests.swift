import FerryTestSupport
import Foundation
import HTTPTestSupport
import RegistryServer
import Testing

/// What `ferry doctor -c` says of the update service and of graph data.
@Suite("ferry doctor: update services") struct DoctorServiceTests {
    private static let channel = "stable-4.18"

    /// Writes a configuration with a channel and the graph, whose releases are looked for in a registry of this machine.
    ///
    /// - Returns: the arguments of `ferry doctor` without the configuration's.
    private func prepare(_ scene: Scene, _ source: TestRegistry, channels: [String] = [channel]) throws -> [String] {
        var lines = ["platform:", "  graph: true"]
        if !channels.isEmpty { lines.append("  channels:") }
        lines += channels.map { "  - name: \($0)" }
        try scene.write(ImageSetText.make(more: lines), to: "isc.yaml")
        try scene.write(
            "[[registry]]\nprefix = \"quay.io\"\nlocation = \"\(source.name)\"\n",
            to: "registries.conf"
        )
        return ["doctor", "-c", "isc.yaml", "--registries-conf", "registries.conf", "--output", "json"]
    }

    private func document(_ result: CommandResult) throws -> DoctorDocument {
        try JSONDecoder().decode(DoctorDocument.self, from: Data(result.stdout.utf8))
    }

    private func content() -> UpdateServiceContent {
        var content = UpdateServiceContent()
        content.set(GraphBuilder(["4.18.1", "4.18.2"]), channel: Self.channel)
        content.graphData = [0x1f, 0x8b] + [UInt8](repeating: 7, count: 4094)
        return content
    }

    @Test("an update service in health: a table of its own, with what came")
    func healthy() async throws {
        try await withScene { scene, source in
            let arguments = try prepare(scene, source)
            try await withUpdateService(content()) { service in
                let variables = ["UPDATE_URL_OVERRIDE": service.graphURL]
                let found = try document(try await scene.ferry(arguments: arguments, with: variables))
                #expect(found.services.map(\.service) == ["updateService", "graphData"])
                #expect(found.services.map(\.place) == [service.graphURL, service.graphDataURL])
                for service in found.services {
                    #expect(service.checks.map(\.check) == ["name", "connection", "tls", "answer"])
                    #expect(service.status == "ok" && service.checks.allSatisfy { $0.status == "ok" }, "\(service)")
                }
                #expect(found.services[0].checks[3].message == "\(Self.channel) (amd64) has 2 releases")
                #expect(found.services[1].checks[3].message == "the archive is there: 4.10 kB")
                #expect(service.count(channel: Self.channel) == 1 && service.count("/graph-data") == 1)
                let text = try await scene.ferry(arguments: arguments.dropLast(2), with: variables).stdout
                #expect(text.contains("\n\(service.graphURL) (update service)\n  ok  name "), "\(text)")
                #expect(text.contains("\n\(service.graphDataURL) (graph data)\n  ok  name "), "\(text)")
            }
        }
    }

    @Test("what planning does not ask for is not asked for")
    func unneeded() async throws {
        try await withScene { scene, source in
            try await withUpdateService(content()) { service in
                let variables = ["UPDATE_URL_OVERRIDE": service.graphURL]
                let arguments = try prepare(scene, source, channels: [])
                let graphOnly = try document(try await scene.ferry(arguments: arguments, with: variables))
                #expect(graphOnly.services.map(\.service) == ["graphData"])
                try scene.write("x", to: "data.tar.gz")
                let file = arguments + ["--graph-data", "file://data.tar.gz"]
                #expect(try document(try await scene.ferry(arguments: file, with: variables)).services.isEmpty)
                try scene.remove("data.tar.gz")
                let missing = try await scene.ferry(arguments: file, with: variables, exits: 1)
                #expect(missing.stderr.contains("--graph-data"), "\(missing)")
                let image = try await source.publish(try TestImage(seed: 1), as: "a/b:v1")
                try scene.write(ImageSetText.make(images: [[image]]), to: "isc.yaml")
                #expect(try document(try await scene.ferry(arguments: arguments, with: variables)).services.isEmpty)
                #expect(service.count("/graph") == 0 && service.count("/graph-data") == 1)
            }
        }
    }

    /// Why an update service is of no use, and the check that says so.
    enum Fault: String, CaseIterable, CustomTestStringConvertible {
        case page, unknownChannel, refused, noArchive, archiveIsPage

        var testDescription: String { rawValue }

        func apply(to content: inout UpdateServiceContent) {
            switch self {
            case .page: content.set(.html, channel: DoctorServiceTests.channel)
            case .unknownChannel: content.set(GraphBuilder(), channel: DoctorServiceTests.channel)
            case .refused: content.set(ScriptedAnswer(403), channel: DoctorServiceTests.channel)
            case .noArchive: content.graphData = nil
            case .archiveIsPage: content.graphData = Array("<html>log in</html>".utf8)
            }
        }

        var words: String {
            switch self {
            case .page: "is no update graph"
            case .unknownChannel: "knows no release in the channel"
            case .refused: "status 403"
            case .noArchive: "status 404"
            case .archiveIsPage: "this of type application/gzip came: <html>log in"
            }
        }
    }

    @Test("a wrong answer fails the mirror", arguments: Fault.allCases)
    func wrongAnswer(fault: Fault) async throws {
        try await withScene { scene, source in
            let arguments = try prepare(scene, source)
            var content = content()
            fault.apply(to: &content)
            try await withUpdateService(content) { service in
                let found = try document(
                    try await scene.ferry(
                        arguments: arguments,
                        with: ["UPDATE_URL_OVERRIDE": service.graphURL],
                        exits: 1
                    )
                )
                let isArchive = fault == .noArchive || fault == .archiveIsPage
                let (bad, good) = isArchive ? (1, 0) : (0, 1)
                #expect(found.services[good].status == "ok")
                let check = try #require(found.services[bad].failure)
                #expect(check.check == "answer" && check.message.contains(fault.words), "\(check)")
                #expect(
                    found.reasons.count == 1 && found.reasons[0].hasPrefix("\(found.services[bad].place): answer: ")
                )
                #expect(found.registries.allSatisfy { $0.status != "fail" })
            }
        }
    }

    @Test("a dead one is told within seconds, with its stage and the variable")
    func dead() async throws {
        try await withScene { scene, source in
            let arguments = try prepare(scene, source)
            let silent = try SilentListener()
            try await withDeafPort { port in
                let cases = [
                    ("http://127.0.0.1:\(port)/graph", "connection"),
                    ("http://127.0.0.1:\(silent.port)/graph", "answer"),
                    ("https://no-such-host.invalid/graph", "name"),
                    ("http://no-such-host.invalid/graph", "name"),
                ]
                for (address, check) in cases {
                    let result = try await scene.ferry(
                        arguments: arguments,
                        with: ["UPDATE_URL_OVERRIDE": address],
                        exits: 1
                    )
                    for service in try document(result).services {
                        let failure = try #require(service.failure, "\(service)")
                        #expect(failure.check == check, "\(service)")
                        let other = service.service == "graphData" ? "--graph-data" : "UPDATE_URL_OVERRIDE"
                        #expect(failure.remedy?.contains(other) == true, "\(failure)")
                        #expect(service.seconds < 9.8)
                    }
                }
            }
            withExtendedLifetime(silent) {}
        }
    }

    @Test("a certificate that nobody trusts, and plain HTTP where TLS is expected")
    func security() async throws {
        try await withScene { scene, source in
            let arguments = try prepare(scene, source)
            let made = try await scene.makeCertificate()
            try await withRegistry(tls: .init(certificate: made.certificate, key: made.key)) { registry in
                let variables = ["UPDATE_URL_OVERRIDE": "https://\(registry.name)/graph"]
                let found = try document(try await scene.ferry(arguments: arguments, with: variables, exits: 1))
                for service in found.services {
                    let failure = try #require(service.failure, "\(service)")
                    #expect(failure.check == "tls" && failure.message.contains("presented was: "), "\(failure)")
                    #expect(failure.remedy?.contains("/certs.d/\(registry.name)/ca.crt") == true, "\(failure)")
                }
            }
            let variables = ["UPDATE_URL_OVERRIDE": "https://\(source.name)/graph"]
            let found = try document(try await scene.ferry(arguments: arguments, with: variables, exits: 1))
            let failure = try #require(found.services[0].failure)
            #expect(failure.check == "tls", "\(failure)")
            #expect(failure.remedy?.contains("http:// into UPDATE_URL_OVERRIDE") == true, "\(failure)")
        }
    }
}
