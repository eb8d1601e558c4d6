import FerryTestSupport
import Foundation
import HTTPTransport
import ImageStorage
import Logging
import NIOPosix
import OCIModel
import RegistryClient
import RegistryServer
import Testing

/// Servers that take so many requests in a second and answer 429 above.
@Suite("Registries that limit the rate of requests", .timeLimit(.minutes(10)))
struct RequestRateTests {
    static let rate = 20.0

    /// The shapes in which registries say 429.
    enum Shape: CaseIterable, Sendable {
        case seconds, date, nothing, json, html

        var answer: Intervention.Answer {
            switch self {
            case .seconds: .init(status: 429, fields: ["Retry-After": "1"], body: "{}")
            case .date:
                // Long past, as clocks differ: it says no more than that it was too much.
                .init(status: 429, fields: ["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"], body: "{}")
            case .nothing: .init(status: 429, body: "")
            case .json: .error(429, code: "TOOMANYREQUESTS")
            case .html:
                .init(
                    status: 429,
                    fields: ["Content-Type": "text/html"],
                    body: "<html><h1>Too Many Requests</h1></html>"
                )
            }
        }
    }

    static func faults(_ shape: Shape) -> [FaultRule] {
        [FaultRule(.answer(shape.answer), on: .any, when: .above(perSecond: rate))]
    }

    /// Does `count` things with sixteen tasks at a time; returns the share of 429 among the answers after the first two fifths.
    ///
    /// One trial of a higher rate costs up to two refusals, which are more than a hundredth of so few answers: they are not
    /// counted. That the share stays below a hundredth for long is shown by the tests of `RequestPace`.
    private func share(
        _ registry: TestRegistry,
        count: Int,
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> Double {
        var warm = 0
        for range in [0..<(count * 2 / 5), (count * 2 / 5)..<count] {
            warm = registry.traffic.counts.log.count
            let next = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        while true {
                            let number = range.lowerBound + next.next()
                            guard number < range.upperBound else { return }
                            try await body(number)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let answers = registry.traffic.counts.log.dropFirst(warm)
        return Double(max(0, answers.count { $0.hasSuffix(" 429") } - 2)) / Double(answers.count)
    }

    @Test("pulls come through, and hardly any is refused once the rate is known", arguments: Shape.allCases)
    func pulls(shape: Shape) async throws {
        try await withRegistry(faults: Self.faults(shape)) { registry in
            let blob = try TestBlob(seed: 1, size: 2_000)
            let repository = try RepositoryPath("team/app")
            try await blob.write(to: registry.store, in: repository)
            try await RegistryFixture.withClient(port: registry.port, time: .system) { client, transport in
                let share = try await share(registry, count: 540) { _ in
                    try await client.withBlob(blob.descriptor, in: repository, from: 0) { stream in
                        while try await stream.next() != nil {}
                    }
                }
                #expect(share < 0.01)
                #expect(registry.traffic.counts.statuses[429, default: 0] > 0)
                #expect(transport.counters.retries > 0)
            }
        }
    }

    @Test(
        "pushes come through, and hardly any is refused once the rate is known",
        arguments: [Shape.seconds, .nothing]
    )
    func pushes(shape: Shape) async throws {
        try await withRegistry(faults: Self.faults(shape)) { registry in
            let repository = try RepositoryPath("team/app")
            try await RegistryFixture.withClient(port: registry.port, time: .system) { client, _ in
                let share = try await share(registry, count: 180) { number in
                    let blob = try TestBlob(seed: UInt64(number), size: 500)
                    try await blob.write(to: client, in: repository)
                }
                #expect(share < 0.01)
                #expect(registry.traffic.counts.statuses[429, default: 0] > 0)
            }
        }
    }

    @Test("the user's rate is kept from the first request on")
    func userRate() async throws {
        try await withRegistry(faults: Self.faults(.nothing)) { registry in
            var configuration = HTTPTransportConfiguration()
            configuration.requestsPerSecond = 18
            try await HTTPTransport.withTransport(
                configuration,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            ) { transport in
                let url = try HTTPURL("http://\(registry.name)/v2/")
                let start = ContinuousClock.now
                _ = try await share(registry, count: 37) { _ in
                    _ = try await transport.collect(HTTPRequest(.get, url), upTo: 1_000)
                }
                let time = start.duration(to: .now) / .seconds(1)
                #expect(time > 1.9)
                #expect(registry.traffic.counts.statuses[429] == nil)
            }
        }
    }
}
