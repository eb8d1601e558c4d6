import FerryTestSupport
import Foundation
import OCIModel
import Testing

/// `failures.json` as any reader of it sees it.
struct FailureDocument: Decodable {
    struct Failure: Decodable {
        let origin: String
        let destination: String?
        let digest: String?
        let reasons: [String]
        let step: String
        let registry: String?
        let endpoint: String?
        let status: Int?
        let attempts: Int
        let kind: String
        let message: String
        let nextStep: String
    }

    let format: Int
    let isFinished: Bool
    let mode: String
    let destination: String
    let failures: [Failure]
}

extension Scene {
    /// The failures that a run has left below a folder; nil when there is no list.
    func failures(in folder: String) throws -> FailureDocument? {
        guard names(in: "\(folder)/working-dir").contains("failures.json") else { return nil }
        return try JSONDecoder().decode(FailureDocument.self, from: bytes("\(folder)/working-dir/failures.json"))
    }
}

@Suite("What failed is tried again, and nothing else") struct RetryFailedTests {
    /// A source with many images, every tenth of which is bad in one of some ways.
    private struct Many: Sendable {
        let images: [TestImage]
        let names: [String]
        let bad: Set<Int>

        init(_ count: Int, bad: Set<Int>, _ source: TestRegistry, _ scene: Scene) async throws {
            images = try (0..<count).map { number in
                try TestImage(layers: [TestBlob(seed: UInt64(5_000 + number), size: 2_000)], seed: UInt64(number))
            }
            self.bad = bad
            var names: [String] = []
            for (number, image) in images.enumerated() {
                names.append(try await source.publish(image, as: Self.name(number)))
            }
            self.names = names
            try scene.write(ImageSetText.make(images: names.map { [$0] }), to: "isc.yaml")
        }

        static func name(_ number: Int) -> String { "team/app\(number):v1" }

        var badNames: [String] { bad.map { names[$0] }.sorted() }

        /// The rules by which the bad ones fail: some while resolving, some while reading.
        func faults() -> [FaultRule] {
            bad.sorted().map { number in
                number.isMultiple(of: 20)
                    ? FaultRule(.status(403), on: .path(containing: "/team/app\(number)/manifests/", method: "GET"))
                    : FaultRule(.missing, on: .blob(images[number].layers[0].descriptor.digest))
            }
        }

        /// Expects that requests were about the bad images only.
        func expectOnlyBad(_ registry: TestRegistry, sourceLocation: SourceLocation = #_sourceLocation) {
            let bad = Set(bad.map { "/team/app\($0)/" })
            let others = registry.traffic.counts.log.filter { line in
                line.contains("/team/") && !bad.contains { line.contains($0) }
            }
            #expect(others.isEmpty, "\(others.prefix(5))", sourceLocation: sourceLocation)
        }
    }

    private static let run = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws"]

    @Test("registry to registry: 10 of 100 are bad, 90 arrive; the retry is about those 10 alone and ends with 0")
    func registryToRegistry() async throws {
        try await withScene { scene, source, target in
            let many = try await Many(100, bad: Set(stride(from: 0, to: 100, by: 10)), source, scene)
            let place = "docker://\(target.name)/m"
            source.faults.replace(with: many.faults())
            let first = try await scene.ferry(arguments: Self.run + [place], exits: 8)
            #expect(first.stderr.contains("90 of 100 images verified, 10 failed"), "\(first)")
            #expect(first.stderr.contains("--retry-failed"))
            let report = try scene.report(in: "ws")
            #expect(report.wanted == 100)
            #expect(report.entries("verified").count == 90)
            let list = try #require(try scene.failures(in: "ws"))
            #expect(list.isFinished)
            #expect(list.destination == place)
            #expect(list.failures.map(\.origin).sorted() == many.badNames)
            #expect(Set(list.failures.map(\.step)) == ["resolve", "read"])
            for failure in list.failures {
                #expect(failure.registry == source.name.text)
                #expect(failure.reasons.first?.hasPrefix("additionalImages: [") == true)
                #expect(!failure.nextStep.isEmpty)
                #expect(failure.status == (failure.step == "resolve" ? 403 : 404))
            }

            // Still bad: nothing changes, and nothing else is asked for.
            source.traffic.reset()
            target.traffic.reset()
            let again = try await scene.ferry(arguments: Self.run + [place, "--retry-failed"], exits: 8)
            #expect(again.stderr.contains("trying again 10 images"), "\(again)")
            #expect(again.stderr.contains("90 of 100 images verified, 10 failed"), "\(again)")
            #expect(try scene.failures(in: "ws")?.failures.map(\.origin).sorted() == many.badNames)
            many.expectOnlyBad(source)
            many.expectOnlyBad(target)

            source.faults.replace(with: [])
            source.traffic.reset()
            target.traffic.reset()
            let resources = try scene.text("ws/working-dir/cluster-resources/itms-oc-mirror.yaml")
            // The configuration need not be named: the lock file has it.
            let last = try await scene.ferry(
                arguments: Self.run.filter { !["-c", "isc.yaml"].contains($0) } + [place, "--retry-failed"]
            )
            #expect(last.stderr.contains("100 of 100 images verified"), "\(last)")
            many.expectOnlyBad(source)
            many.expectOnlyBad(target)
            // Only tags that could not be resolved are asked for by name.
            let tags = source.traffic.counts.log.filter { $0.contains("/manifests/v1") }
            #expect(tags.allSatisfy { line in [0, 20, 40, 60, 80].contains { line.contains("/team/app\($0)/") } })
            #expect(try scene.failures(in: "ws") == nil)
            let whole = try scene.report(in: "ws")
            #expect(whole.wanted == 100)
            #expect(whole.entries("verified").count == 100)
            for number in 0..<100 {
                #expect(try await target.tags(in: RepositoryPath("m/team/app\(number)")) == ["v1"])
            }
            // The resources are about all images, as if nothing had ever failed.
            let after = try scene.text("ws/working-dir/cluster-resources/itms-oc-mirror.yaml")
            #expect(after.count >= resources.count)
            try await scene.ferry(arguments: ["mirror", "-c", "isc.yaml", "--workspace", "file://other", place])
            #expect(after == (try scene.text("other/working-dir/cluster-resources/itms-oc-mirror.yaml")))
            #expect(try scene.text("ws/working-dir/lock.json") == (try scene.text("other/working-dir/lock.json")))

            let nothing = try await scene.ferry(arguments: Self.run + [place, "--retry-failed"])
            #expect(nothing.stderr.contains("nothing failed in the last run"), "\(nothing)")
        }
    }

    @Test("media to registry: only what the registry refused is sent again, and then there is a receipt")
    func mediaToRegistry() async throws {
        try await withScene { scene, source, target in
            let many = try await Many(12, bad: [3, 7], source, scene)
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set")
            target.faults.replace(
                with: many.bad.map {
                    FaultRule(.status(403), on: .path(containing: "/team/app\($0)/manifests", method: "PUT"))
                }
            )
            let run = ["mirror", "--from", "file://set", "--workspace", "file://in", "docker://\(target.name)/m"]
            try await scene.ferry(arguments: run, exits: 8)
            let list = try #require(try scene.failures(in: "in"))
            #expect(list.failures.map(\.origin).sorted() == many.badNames)
            #expect(
                list.failures.allSatisfy { $0.step == "write" && $0.registry == target.name.text && $0.status == 403 }
            )
            #expect(scene.names(in: "in/working-dir").allSatisfy { !$0.hasPrefix("receipt") })

            target.faults.replace(with: [])
            target.traffic.reset()
            let last = try await scene.ferry(arguments: run + ["--retry-failed"])
            #expect(last.stderr.contains("12 of 12 images verified"), "\(last)")
            many.expectOnlyBad(target)
            #expect(try scene.failures(in: "in") == nil)
            #expect(scene.names(in: "in/working-dir").contains { $0.hasPrefix("receipt") })
        }
    }

    @Test("registry to media: the retry makes a small set on top of the first, and both bring everything")
    func registryToMedia() async throws {
        try await withScene { scene, source, target in
            let many = try await Many(12, bad: [3, 10], source, scene)
            source.faults.replace(with: [
                FaultRule(.missing, on: .blob(many.images[3].layers[0].descriptor.digest)),
                FaultRule(.status(403), on: .path(containing: "/team/app10/manifests/v1")),
            ])
            let run = ["mirror", "-c", "isc.yaml", "file://set"]
            try await scene.ferry(arguments: run + ["--continue-on-error"], exits: 8)
            #expect(try scene.failures(in: "set")?.failures.map(\.origin).sorted() == many.badNames)
            #expect(scene.volumes(of: "set").count == 1)

            source.faults.replace(with: [])
            source.traffic.reset()
            let last = try await scene.ferry(arguments: run + ["--retry-failed"])
            #expect(last.stderr.contains("12 of 12 images verified"), "\(last)")
            #expect(scene.volumes(of: "set").count == 2)
            #expect(try scene.failures(in: "set") == nil)
            let blobs = Set(source.traffic.counts.blobGetsByDigest.keys)
            let expected = Set(many.bad.flatMap { many.images[$0].blobs.map(\.descriptor.digest) })
            #expect(blobs.isSubset(of: expected), "\(blobs.count)")
            #expect(
                source.traffic.counts.log.filter { $0.contains("/manifests/v1") }.allSatisfy { $0.contains("app10") }
            )

            let place = "docker://\(target.name)/m"
            let sets = try SetNumbers(scene)
            for set in sets.ids {
                try await scene.ferry("mirror", "--from", "file://set", "--set", set, "--workspace", "file://in", place)
            }
            for (number, image) in many.images.enumerated() {
                try await target.expect(image, as: "m/team/app\(number)")
            }
        }
    }

    /// The ids of the sets in a folder, in the order in which they were made.
    private struct SetNumbers {
        let ids: [String]

        init(_ scene: Scene) throws {
            let names = scene.volumes(of: "set").map { $0.split(separator: "/").last.map(String.init) ?? "" }
            ids = names.sorted().compactMap { name in
                name.split { $0 == "_" || $0 == "-" || $0 == "." }.map(String.init).first { $0.count == 12 }
            }
        }
    }

    @Test(
        "registry to media without --continue-on-error: nothing was delivered, so all is tried again, and fetched once"
    )
    func undelivered() async throws {
        try await withScene { scene, source in
            let many = try await Many(6, bad: [2], source, scene)
            let layer = many.images[2].layers[0].descriptor.digest
            source.faults.replace(with: [FaultRule(.missing, on: .blob(layer))])
            try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", exits: 8)
            #expect(try scene.failures(in: "set")?.failures.map(\.origin) == many.badNames)
            source.faults.replace(with: [])
            let last = try await scene.ferry("mirror", "-c", "isc.yaml", "file://set", "--retry-failed")
            #expect(last.stderr.contains("all of its 6 images are tried again"), "\(last)")
            #expect(scene.volumes(of: "set").count == 1)
            for (digest, count) in source.traffic.counts.blobGetsByDigest where digest != layer { #expect(count == 1) }
        }
    }

    @Test("what is not the run that failed is refused with a sentence")
    func otherRuns() async throws {
        try await withScene { scene, source, target in
            let many = try await Many(3, bad: [0], source, scene)
            source.faults.replace(with: many.faults())
            let place = "docker://\(target.name)/m"
            let retry = ["--retry-failed"]
            let never = try await scene.ferry(arguments: Self.run + [place] + retry, exits: 1)
            #expect(never.stderr.contains("no run has left a report"), "\(never)")
            try await scene.ferry(arguments: Self.run + [place], exits: 8)

            let elsewhere = try await scene.ferry(arguments: Self.run + ["docker://\(target.name)/x"] + retry, exits: 1)
            #expect(elsewhere.stderr.contains("is of a run to \(place)"), "\(elsewhere)")
            let deeper = try await scene.ferry(
                arguments: Self.run + [place, "--max-nested-paths", "2"] + retry,
                exits: 1
            )
            #expect(deeper.stderr.contains("is of a run to"), "\(deeper)")
            let together = try await scene.ferry(arguments: Self.run + [place, "--dry-run"] + retry, exits: 1)
            #expect(together.stderr.contains("leave out --dry-run"), "\(together)")

            let text = try scene.text("isc.yaml")
            try scene.write(text + "# changed\n", to: "isc.yaml")
            let changed = try await scene.ferry(arguments: Self.run + [place] + retry, exits: 1)
            #expect(changed.stderr.contains("is not the configuration of the run that failed"), "\(changed)")
            try scene.write(text, to: "isc.yaml")

            let lock = try scene.text("ws/working-dir/lock.json")
            try scene.write(lock + "\n", to: "ws/working-dir/lock.json")
            let other = try await scene.ferry(arguments: Self.run + [place] + retry, exits: 1)
            #expect(other.stderr.contains("no longer that of the run that failed"), "\(other)")
            try scene.write(lock, to: "ws/working-dir/lock.json")

            let list = try scene.text("ws/working-dir/failures.json")
            for broken in ["", "{}", "[1]", list.replacingOccurrences(of: "\"format\" : 1", with: "\"format\" : 2")] {
                try scene.write(broken, to: "ws/working-dir/failures.json")
                let result = try await scene.ferry(arguments: Self.run + [place] + retry, exits: 1)
                #expect(
                    result.stderr.contains("run without --retry-failed") || result.stderr.contains("run it without"),
                    "\(result)"
                )
            }
            try scene.write(
                list.replacingOccurrences(of: "\"isFinished\" : true", with: "\"isFinished\" : false"),
                to: "ws/working-dir/failures.json"
            )
            let cut = try await scene.ferry(arguments: Self.run + [place] + retry, exits: 1)
            #expect(cut.stderr.contains("did not come to its end"), "\(cut)")
        }
    }

    @Test("a target that cannot be reached fails every image; once it is there, all are tried again")
    func unreachable() async throws {
        try await withScene { scene, source, target in
            _ = try await Many(3, bad: [], source, scene)
            let place = "docker://\(target.name)/m"
            target.faults.replace(with: [FaultRule(.status(403), on: .any)])
            try await scene.ferry(arguments: Self.run + [place], exits: 1)
            #expect(try scene.failures(in: "ws")?.failures.count == 3)
            target.faults.replace(with: [])
            let last = try await scene.ferry(arguments: Self.run + [place, "--retry-failed"])
            #expect(last.stderr.contains("3 of 3 images verified"), "\(last)")
        }
    }

    @Test("two targets: what one of them lacks is tried again, and both have their whole reports")
    func severalTargets() async throws {
        try await withScene { scene, source, target in
            let many = try await Many(5, bad: [1], source, scene)
            let places = ["docker://\(target.name)/a", "docker://\(target.name)/b"]
            target.faults.replace(with: [
                FaultRule(.status(403), on: .path(containing: "/b/team/app1/manifests", method: "PUT"))
            ])
            try await scene.ferry(arguments: Self.run + places, exits: 8)
            let folder = scene.folder(of: target.name, "b", in: "ws")
            #expect(scene.names(in: folder).contains("failures.json"))
            #expect(!scene.names(in: scene.folder(of: target.name, "a", in: "ws")).contains("failures.json"))
            target.faults.replace(with: [])
            target.traffic.reset()
            try await scene.ferry(arguments: Self.run + places + ["--retry-failed"])
            many.expectOnlyBad(target)
            for name in ["a", "b"] {
                let report = try scene.targetReport(in: scene.folder(of: target.name, name, in: "ws"))
                #expect(report.entries("verified").count == 5)
            }
            #expect(!scene.names(in: folder).contains("failures.json"))
        }
    }
}
