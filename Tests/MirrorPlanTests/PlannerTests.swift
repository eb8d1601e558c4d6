import FerryTestSupport
import ImageStorage
import MirrorPlan
import OCIModel
import Testing

/// `Testing` has a `Tag` of its own.
private typealias Tag = OCIModel.Tag

private func request(
    _ origin: String,
    platforms: [String] = [],
    destination: String? = nil,
    tags: [String] = ["v1"]
) throws -> ImageRequest {
    let reference = try ImageReference(origin)
    return ImageRequest(
        origin: reference,
        source: reference,
        destination: try destination.map { try RepositoryPath($0) } ?? reference.repository.path,
        tags: try tags.map { try Tag($0) },
        kind: .additional,
        reason: .additionalImage(index: 0, line: 3),
        platforms: try platforms.map { try Platform($0) }
    )
}

private func plan(
    _ store: MemoryStore,
    _ requests: [ImageRequest],
    options: Planner.Options = .init()
) async throws -> PlanningResult {
    try await Planner(sources: SingleSource(store), options: options).plan(
        Contribution(requests: requests),
        configDigest: nil
    )
}

@Suite("Planner")
struct PlannerTests {
    let store = MemoryStore()
    let path: RepositoryPath
    let images: SyntheticImages

    init() throws {
        path = try RepositoryPath("acme/tool")
        images = SyntheticImages(in: store)
    }

    @Test func aTagIsResolvedAndEverythingBelowIsPlanned() async throws {
        let document = try await images.image(layers: [[1], [2, 3]], tag: "v1", in: path)
        let result = try await plan(store, [try request("quay.io/acme/tool:v1")])
        #expect(result.failures.isEmpty)
        #expect(result.plan.images.map(\.digest) == [document.digest])
        #expect(result.plan.blobs.count == 3)
        #expect(result.plan.distinctBytes == document.size + document.manifest.blobs.reduce(0) { $0 + $1.size })
        #expect(result.withoutAttachments == [document.digest])
    }

    @Test func theLockFileIsTheSameWhateverTheOrderAndSurvivesAMovedTag() async throws {
        let document = try await images.image(layers: [[1]], tag: "v1", in: path)
        let other = try await images.image(layers: [[2]], tag: "v2", in: path)
        let requests = [try request("quay.io/acme/tool:v1"), try request("quay.io/acme/tool:v2", tags: ["v2"])]
        let one = try await plan(store, requests).plan.lockFile()
        let two = try await plan(store, requests.reversed()).plan.lockFile()
        #expect(one == two)
        try await images.image(layers: [[9]], tag: "v1", in: path)
        let read = try MirrorPlan(lockFile: one, name: "lock.json")
        #expect(read.images.map(\.digest) == [document.digest, other.digest])
        #expect(try read.lockFile() == one)
    }

    @Test func listsKeepAllPlatformsOrThoseAskedFor() async throws {
        let amd = try await images.image(layers: [[1]], in: path)
        let arm = try await images.image(layers: [[2]], in: path, architecture: "arm64")
        try await images.index(of: [(amd, "amd64"), (arm, "arm64")], tag: "v1", in: path)
        let whole = try await plan(store, [try request("quay.io/acme/tool:v1")]).plan
        #expect(whole.manifests.count == 3)
        let sparse = try await plan(store, [try request("quay.io/acme/tool:v1", platforms: ["linux/arm64"])]).plan
        #expect(sparse.manifests.count == 2)
        #expect(sparse.manifests.flatMap(\.omitted) == [amd.digest])
        #expect(!sparse.blobs.map(\.digest).contains(try #require(amd.manifest.blobs.last).digest))
    }

    @Test func anUnknownPlatformFailsThatImageAndNamesThoseThatExist() async throws {
        let amd = try await images.image(layers: [[1]], in: path)
        try await images.index(of: [(amd, "amd64")], tag: "v1", in: path)
        let result = try await plan(store, [try request("quay.io/acme/tool:v1", platforms: ["linux/s390x"])])
        #expect(result.plan.images.isEmpty)
        let failure = try #require(result.failures.first)
        #expect((failure.cause as? MirrorPlanError)?.code == .platformNotFound)
        #expect("\(failure.cause)".contains("linux/amd64"))
    }

    @Test func aMissingImageIsAFailureAndTheOthersArePlanned() async throws {
        try await images.image(layers: [[1]], tag: "v1", in: path)
        let result = try await plan(store, [try request("quay.io/acme/gone:v1"), try request("quay.io/acme/tool:v1")])
        #expect(result.failures.map(\.origin.description) == ["quay.io/acme/gone:v1"])
        #expect((result.failures.first?.cause as? MirrorPlanError)?.code == .imageNotFound)
        #expect(result.plan.images.count == 1)
    }

    @Test func cosignTagsAndReferrersTravelAlsoOfChildrenAndOfEachOther() async throws {
        let child = try await images.image(layers: [[1]], in: path)
        let index = try await images.index(of: [(child, "amd64")], tag: "v1", in: path)
        try await images.image(layers: [[7]], tag: "sha256-\(index.digest.hex).sig", in: path)
        try await images.image(layers: [[8]], tag: "sha256-\(child.digest.hex).att", in: path)
        let bill = try await images.image(layers: [[9]], in: path, subject: child)
        let signatureOfBill = try await images.image(layers: [[10]], in: path, subject: bill)
        let result = try await plan(store, [try request("quay.io/acme/tool:v1")])
        let attached = result.plan.images.filter { $0.attachedTo != nil }
        #expect(attached.map(\.attachment).count == 4)
        #expect(Set(attached.compactMap(\.attachment)) == [.signature, .attestation, .referrer])
        #expect(attached.contains { $0.digest == signatureOfBill.digest && $0.attachedTo == bill.digest })
        #expect(result.withoutAttachments.isEmpty)
        let without = try await plan(
            store,
            [try request("quay.io/acme/tool:v1")],
            options: .init(findsAttachments: false)
        )
        #expect(without.plan.images.count == 1)
    }

    @Test func whatIsAttachedToACosignTagTravelsToo() async throws {
        let image = try await images.image(layers: [[1]], tag: "v1", in: path)
        let bill = try await images.image(layers: [[2]], tag: "sha256-\(image.digest.hex).sbom", in: path)
        let signature = try await images.image(layers: [[3]], tag: "sha256-\(bill.digest.hex).sig", in: path)
        // A loop, which anybody who may push can make: the signature of the signature is the bill.
        try await images.image(layers: [[2]], tag: "sha256-\(signature.digest.hex).sig", in: path)
        let plan = try await plan(store, [try request("quay.io/acme/tool:v1")]).plan
        let attached = plan.images.filter { $0.attachedTo != nil }
        #expect(Set(attached.map(\.attachedTo)) == [image.digest, bill.digest, signature.digest])
        #expect(attached.contains { $0.digest == signature.digest && $0.attachment == .signature })
    }

    @Test func attachmentsWithoutEndFailTheImageInsteadOfBeingCutOff() async throws {
        var last = try await images.image(layers: [[1]], tag: "v1", in: path)
        for number in 0..<40 {
            last = try await images.image(layers: [[UInt8(number)]], in: path, subject: last)
        }
        let result = try await plan(store, [try request("quay.io/acme/tool:v1")])
        #expect((result.failures.first?.cause as? MirrorPlanError)?.code == .tooDeep)
    }

    @Test func aCancelledRequestIsNoFailureOfItsImage() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await plan(MemoryStore(), [try request("quay.io/acme/gone:v1")])
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func blockedImagesAreTakenOutByOriginOrDestination() async throws {
        try await images.image(layers: [[1]], tag: "v1", in: path)
        let options = Planner.Options(isBlocked: { $0.contains("acme") })
        let result = try await plan(store, [try request("quay.io/acme/tool:v1")], options: options)
        #expect(result.plan.images.isEmpty)
        #expect(result.blocked.count == 1)
    }

    @Test func twoImagesForOneTagCollide() async throws {
        try await images.image(layers: [[1]], tag: "v1", in: path)
        try await images.image(layers: [[2]], tag: "v2", in: path)
        let requests = [
            try request("quay.io/acme/tool:v1", destination: "x"),
            try request("quay.io/acme/tool:v2", destination: "x"),
        ]
        await #expect {
            try await plan(store, requests)
        } throws: { ($0 as? MirrorPlanError)?.code == .destinationCollision }
    }

    @Test func sameImageWantedTwiceIsMergedWithBothReasons() async throws {
        try await images.image(layers: [[1]], tag: "v1", in: path)
        let one = try request("quay.io/acme/tool:v1", tags: ["a"])
        let two = ImageRequest(
            origin: one.origin,
            source: one.source,
            destination: one.destination,
            tags: [try Tag("b")],
            kind: .releaseContent,
            reason: Reason(section: "release 4.1.0", detail: "component x")
        )
        let image = try #require(try await plan(store, [one, two]).plan.images.first)
        #expect(image.tags.map(\.text) == ["a", "b"])
        #expect(image.reasons.count == 2)
        #expect(image.kind == .releaseContent)
    }

    @Test func droppingAnImageTakesItsAttachmentsAndBlobsAlong() async throws {
        let document = try await images.image(layers: [[1]], tag: "v1", in: path)
        try await images.image(layers: [[7]], tag: "sha256-\(document.digest.hex).sig", in: path)
        let other = try await images.image(layers: [[2]], tag: "v2", in: path)
        let plan = try await plan(
            store,
            [try request("quay.io/acme/tool:v1"), try request("quay.io/acme/tool:v2", tags: ["v2"])]
        ).plan
        #expect(plan.images.count == 3)
        let rest = plan.dropping { $0.digest == document.digest }
        #expect(rest.images.map(\.digest) == [other.digest])
        #expect(Set(rest.blobs.map(\.digest)) == Set(other.manifest.blobs.map(\.digest)))
    }
}

@Suite("Lock file")
struct LockFileTests {
    @Test(arguments: [
        ("", "malformed"),
        ("{}", "missing"),
        (#"{"format":9,"images":[],"manifests":[],"blobs":[]}"#, "format 9"),
        (#"{"format":1,"images":7,"manifests":[],"blobs":[]}"#, "wrong type"),
        (
            #"{"format":1,"images":[],"manifests":[{"digest":"sha256:00"}],"blobs":[]}"#, "sha256"
        ),
    ])
    func badFilesAreRefusedWithTheReason(text: String, part: String) throws {
        let error = #expect(throws: MirrorPlanError.self) {
            try MirrorPlan(lockFile: Array(text.utf8), name: "lock.json")
        }
        #expect(error?.code == .invalidLock)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test func aLockThatNamesWhatItDoesNotDescribeIsRefused() throws {
        let hex = String(repeating: "a", count: 64)
        let text = #"""
            {"format":1,"blobs":[],"images":[{"origin":"a.io/b:c","source":"a.io/b","digest":"sha256:\#(hex)",
            "destination":"b","tags":["c"],"kind":"generic","reasons":[],"platforms":[]}],"manifests":[]}
            """#
        let error = #expect(throws: MirrorPlanError.self) {
            try MirrorPlan(lockFile: Array(text.utf8), name: "lock.json")
        }
        #expect(error?.message.contains("does not have manifest") == true)
    }
}
