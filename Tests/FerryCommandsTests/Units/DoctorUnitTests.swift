import HTTPTransport
import ImageStorage
import MirrorPlan
import OCIModel
import OpenSSLCrypto
import RegistriesConf
import RegistryClient
import SeededRandom
import Testing

@testable import FerryCommands

private typealias Tag = OCIModel.Tag

@Suite("Parts of ferry doctor")
struct DoctorUnitTests {
    @Test("the ladder finds the rung below which a limit lies, in few steps")
    func ladder() {
        for top in [1 << 20, 5_000_000, 61_000_000, 3 << 30, 1 << 40] as [Int64] {
            for limit in [0, 1 << 20, 9_999_999, 100_000_000, 1 << 30, 1 << 50] as [Int64] {
                var ladder = BodyLadder(top: top)
                var steps = 0
                while let length = ladder.next, steps < 20 {
                    ladder.note(isRefused: length > limit)
                    steps += 1
                }
                #expect(steps <= 6, "\(top) \(limit)")
                #expect((ladder.smallestRefused == nil) == (limit >= top))
                #expect(ladder.smallestRefused.map { $0 > limit } ?? true)
                #expect(ladder.largestTaken.map { $0 <= limit } ?? true)
            }
        }
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777, CheckStatus.ok),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777 + 60, .ok),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777 + 61, .warn),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777 - 3_600, .warn),
            ("Sun, 06 Nov 1994 08:49:37 GMT", .min, .warn),
            ("yesterday", 0, .skipped), (nil, 0, .skipped),
        ] as [(String?, Int64, CheckStatus)]
    )
    func clocks(date: String?, now: Int64, expected: CheckStatus) {
        #expect(ClockComparison.outcome(date: date, unixSeconds: now).status == expected)
    }

    @Test("which clock goes wrong is said")
    func clockDirections() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(ClockComparison.outcome(date: date, unixSeconds: 784_115_377).message.contains("3600 s ahead of"))
        #expect(ClockComparison.outcome(date: date, unixSeconds: 784_108_177).message.contains("3600 s behind"))
    }

    @Test("what is pushed is valid, and nobody else's")
    func content() throws {
        let one = try ProbeContent.random()
        let other = try ProbeContent.random()
        #expect(one.tag.text.hasPrefix("ferry-doctor-"))
        for (left, right) in [(one.config, other.config), (one.layer, other.layer), (one.parted, other.parted)] {
            #expect(left.digest != right.digest)
        }
        for type in [MediaType.ociManifest, .dockerManifest] {
            let manifest = try one.manifest(type)
            #expect(manifest.mediaType == type)
            #expect(manifest.manifest.blobs.map(\.digest).contains(one.config.digest))
            #expect(try one.manifest(type, note: "moved").digest != manifest.digest)
            let list = try one.list(type == .ociManifest ? .ociIndex : .dockerManifestList, of: manifest, absent: true)
            #expect(list.manifest.children.count == 2)
            #expect(list.manifest.children.first?.digest == manifest.digest)
        }
        let manifest = try one.manifest(.ociManifest)
        #expect(try one.artifact(of: manifest).manifest.subject?.digest == manifest.digest)
    }

    private func findings(
        _ name: String,
        _ role: DoctorSubject.Role,
        _ status: CheckStatus
    ) throws -> RegistryFindings {
        let outcome = CheckOutcome(status: status, message: "so \u{1b}[31mit is", remedy: nil)
        return RegistryFindings(
            subject: DoctorSubject(registry: try RegistryName(name), role: role),
            recognition: nil,
            took: .seconds(1),
            checks: [CheckResult(.push, outcome, took: .milliseconds(1_234))]
        )
    }

    @Test(
        "of sources that stand in for each other one is enough; each target must work",
        arguments: [
            (["a.b": CheckStatus.fail, "c.d": .ok], CheckStatus.ok, true),
            (["a.b": .fail, "c.d": .fail], .ok, false),
            (["a.b": .warn, "c.d": .warn], .warn, true),
            (["a.b": .ok, "c.d": .ok], .fail, false),
        ]
    )
    func verdict(sources: [String: CheckStatus], target: CheckStatus, expected: Bool) throws {
        var all = try sources.sorted { $0.key < $1.key }.map { try findings($0.key, .source, $0.value) }
        all.append(try findings("mirror.lab", .target, target))
        let report = DoctorReport(registries: all, groups: [Set(all.dropLast().map(\.subject.registry))])
        #expect(report.wouldSucceed == expected, "\(report.reasons)")
        #expect(!report.text().contains("\u{1b}"), "what registries write never reaches the terminal as it is")
        #expect(try !report.json().contains("\u{1b}"))
    }

    private func plan(_ destinations: [String]) throws -> MirrorPlan {
        let manifest = try ProbeContent(token: "a").manifest(.ociManifest)
        let images = try destinations.enumerated().map { index, destination in
            PlannedImage(
                origin: try ImageReference("quay.io/\(destination):v\(index)"),
                source: try Repository("quay.io/\(destination)"),
                digest: manifest.digest,
                destination: try RepositoryPath(destination),
                tags: [try Tag("v\(index)")],
                kind: .additional,
                reasons: [.additionalImage(index: index, line: 1)]
            )
        }
        return MirrorPlan(
            configDigest: nil,
            images: images,
            manifests: [PlannedManifest(manifest, children: [], platform: nil)],
            blobs: []
        )
    }

    @Test("a plan's registries, and what is needed of its target")
    func scope() throws {
        let target = try TargetNamespace("mirror.lab:5000/org", maxNestedPaths: 3)
        let scope = try DoctorScope(plan: plan(["a/b/c", "a/b", "z"]), conf: .none, targets: [target])
        #expect(scope.subjects.map(\.registry.text) == ["quay.io", "mirror.lab:5000"])
        #expect(scope.subjects.first?.samples.count == 3)
        let needs = try #require(scope.subjects.last?.needs)
        #expect(try needs.repositories().map(\.text) == ["org/a/b", "org/a/b-c", "org/z"])
        #expect(try needs.probeRepository().text == "org/a/b-c")
        #expect(try needs.probeRepository(maxNestedPaths: 2).text == "org/a-b-c")
        #expect(try needs.mountRepository(besides: RepositoryPath("org/a/b"))?.text == "org/a/b-c")
        #expect(needs.mediaTypes == [.ociManifest])
        let free = DoctorScope([target]).subjects[0]
        #expect(try free.needs?.probeRepository().text == "org/ferry-doctor")
        #expect(free.isWritten && !DoctorScope([target]).readOnly().subjects[0].isWritten)
    }

    @Test("which paths a limit shortens")
    func preview() throws {
        let target = try TargetNamespace("mirror.lab/org", maxNestedPaths: 2)
        let preview = try NestedPathPreview(plan(["a/b/c", "a/b", "z"]), at: target)
        #expect(preview.unchanged == 1)
        #expect(
            preview.entries == [
                .init(source: "quay.io/a/b", unshortened: "mirror.lab/org/a/b", destination: "mirror.lab/org/a-b"),
                .init(
                    source: "quay.io/a/b/c",
                    unshortened: "mirror.lab/org/a/b/c",
                    destination: "mirror.lab/org/a-b-c"
                ),
            ]
        )
        #expect(preview.lines.map(\.text)[0] == "2 shortened to 2 components, 1 keep as they are")
        let many = try NestedPathPreview(plan((0..<40).map { "a/b\($0)" }), at: target)
        #expect(many.lines.count == 32)
        #expect(many.lines.last?.text == "and 10 more, in mapping.txt")
    }
}
