import FerryTestSupport
import Foundation
import OCIModel
import Testing

@Suite("Being asked to stop")
struct TerminationTests {
    /// Where a run is when the signal comes.
    struct Moment: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sourceRules: [FaultRule]
        var targetRules: [FaultRule] = []
        /// What the screen shows by then.
        let sign: String
    }

    static let moments: [Moment] = [
        Moment(
            testDescription: "a back-off of ten minutes, while planning",
            sourceRules: [FaultRule(.status(429, retryAfter: 600), on: .manifests)],
            sign: "asked to wait"
        ),
        Moment(
            testDescription: "a registry that does not answer, while planning",
            sourceRules: [FaultRule(.delay(.seconds(120)), on: .manifests)],
            sign: "has not answered"
        ),
        Moment(
            testDescription: "a target that does not answer, while it is looked at",
            sourceRules: [],
            targetRules: [FaultRule(.delay(.seconds(120)), on: .manifests)],
            sign: "Looking at what the target holds: "
        ),
        Moment(
            testDescription: "a download that stalls",
            sourceRules: [FaultRule(.stallAnswer(afterBytes: 1_000), on: .blobs)],
            sign: "no bytes of"
        ),
        Moment(
            testDescription: "an upload that is not taken",
            sourceRules: [],
            targetRules: [FaultRule(.stallRequest(afterBytes: 1_000), on: .uploads)],
            sign: "no bytes of"
        ),
        Moment(
            testDescription: "a back-off of ten minutes, while moving",
            sourceRules: [],
            targetRules: [FaultRule(.status(503, retryAfter: 600), on: .uploads)],
            sign: "asked to wait"
        ),
    ]

    @Test("a signal ends the run within five seconds with 130, its state saved", arguments: moments)
    func stops(moment: Moment) async throws {
        try await withScene { scene, source, target in
            let image = try TestImage.random(layers: [2_000_000, 1_500_000])
            let name = try await source.publish(image, as: "team/app:v1")
            try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
            source.faults.replace(with: moment.sourceRules)
            target.faults.replace(with: moment.targetRules)
            let words = [
                "mirror", "-c", "isc.yaml", "--workspace", "file://ws", "docker://\(target.name)/m", "--progress",
                "plain",
                "--progress-interval", "200ms", "--events", "e.jsonl",
            ]
            try await scene.withFerry(arguments: words) { process in
                await process.stderr.wait { $0.contains(moment.sign) }
                let start = ContinuousClock.now
                process.signal(SIGTERM)
                #expect(await process.wait() == 130)
                #expect(start.duration(to: .now) < .seconds(5))
                let talk = await process.stderr.whole()
                #expect(talk.contains("interrupted; the state is saved"), "\(talk)")
            }
            let end = try #require(try EventLines(scene.text("e.jsonl")).events.last)
            #expect(end.event == "run-ended" && end.exitCode == 130)
            // The same command continues.
            source.faults.replace(with: [])
            target.faults.replace(with: [])
            try await scene.ferry(arguments: words)
        }
    }
}
