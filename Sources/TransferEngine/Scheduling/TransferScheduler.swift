import HeapModule
package import OCIModel

/// Decides what happens next; no I/O, no clock, no lock.
///
/// The shell asks `next()` until it gets nil, carries the tasks out concurrently, and tells each outcome with
/// `finish`. Every distinct blob is moved once: while one place of a digest is being written the others wait, then
/// they are mounted from it. Manifests and tags go before blobs, so finished images become visible early; a limit
/// each keeps large blobs from starving small requests and the reverse.
package struct TransferScheduler {
    /// How many tasks may run at the same time.
    package struct Limits: Sendable {
        /// Blobs whose bytes move, at least 1.
        package var bulk: Int
        /// Mounts, manifests and tags, at least 1.
        package var small: Int

        /// Sets both.
        package init(bulk: Int, small: Int) {
            self.bulk = max(1, bulk)
            self.small = max(1, small)
        }
    }

    /// The order in which blobs are moved.
    package enum Order: Sendable {
        /// Largest first, so that no large one is left for the end.
        case largestFirst
        /// As they were added, so that a medium is written and read front to back.
        case asAdded
    }

    private enum BlobState {
        case waiting
        case running
        case done
        case failed(TransferFailure)
    }

    private struct BlobNode {
        var state = BlobState.waiting
        var mayMount = true
        var dependents: [ContentPlace] = []
    }

    private struct ManifestNode {
        var missing: Int
        var pendingTags: [Tag]
        var mustPutDigest: Bool
        var isStored = false
        var isQueued = false
        var failure: TransferFailure?
        var dependents: [ContentPlace] = []
    }

    /// A blob that is ready; ordered by priority, then by position.
    private struct ReadyBlob: Comparable {
        let priority: Int64
        let place: ContentPlace

        static func < (left: ReadyBlob, right: ReadyBlob) -> Bool { left.priority < right.priority }
        static func == (left: ReadyBlob, right: ReadyBlob) -> Bool { left.priority == right.priority }
    }

    private let limits: Limits
    private var blobs: [ContentPlace: BlobNode] = [:]
    private var manifests: [ContentPlace: ManifestNode] = [:]
    private var readyBlobs = Heap<ReadyBlob>()
    private var readyMounts: [(place: ContentPlace, from: RepositoryPath)] = []
    private var readyManifests: [ContentPlace] = []
    /// Places that wait for another place of the same digest that is being moved.
    private var parked: [Digest: [ContentPlace]] = [:]
    private var moving: Set<Digest> = []
    /// A repository of the target that holds the digest.
    private var held: [Digest: RepositoryPath] = [:]
    private var poisoned: [Digest: TransferFailure] = [:]
    private var runningBulk = 0
    private var runningSmall = 0
    private var priorities: [ContentPlace: Int64] = [:]
    private var fatal: TransferFailure?

    /// Takes a graph.
    ///
    /// - Parameters:
    ///   - graph: what must be at the target.
    ///   - limits: how much at once.
    ///   - order: which blobs first.
    ///   - held: repositories of the target that hold a digest already; the others mount it from there.
    package init(
        _ graph: TransferGraph,
        limits: Limits,
        order: Order,
        held: [Digest: RepositoryPath] = [:]
    ) {
        self.limits = limits
        self.held = held
        for (index, place) in graph.blobOrder.enumerated() {
            blobs[place] = BlobNode()
            let size = graph.blobs[place]?.size ?? 0
            priorities[place] = order == .largestFirst ? size : -Int64(index)
        }
        let waits = graph.waits()
        for manifest in graph.manifests.values {
            manifests[manifest.place] = ManifestNode(
                missing: manifest.blobs.count + (waits[manifest.place]?.count ?? 0),
                pendingTags: manifest.tags.sorted(by: >),
                mustPutDigest: manifest.tags.isEmpty
            )
        }
        for manifest in graph.manifests.values {
            for blob in manifest.blobs { blobs[blob]?.dependents.append(manifest.place) }
            for other in waits[manifest.place] ?? [] { manifests[other]?.dependents.append(manifest.place) }
        }
        readyBlobs = Heap(graph.blobOrder.map { ReadyBlob(priority: priorities[$0] ?? 0, place: $0) })
        readyManifests = manifests.filter { $0.value.missing == 0 }.map(\.key)
        for place in readyManifests { manifests[place]?.isQueued = true }
    }

    /// The next step to carry out, or nil when nothing can start now.
    package mutating func next() -> TransferTask? {
        guard fatal == nil else { return nil }
        if runningSmall < limits.small, let task = nextSmall() {
            runningSmall += 1
            return task
        }
        if runningBulk < limits.bulk, let place = nextBlob() {
            runningBulk += 1
            moving.insert(place.digest)
            blobs[place]?.state = .running
            return .move(place)
        }
        // Picking blobs may have found mounts.
        if runningSmall < limits.small, let task = nextSmall() {
            runningSmall += 1
            return task
        }
        return nil
    }

    /// Whether no task that was handed out is still running.
    package var isIdle: Bool { runningBulk == 0 && runningSmall == 0 }

    /// Tells how a step ended.
    package mutating func finish(_ task: TransferTask, _ outcome: TransferOutcome) {
        if task.isBulk { runningBulk -= 1 } else { runningSmall -= 1 }
        if case .failed(let failure, _) = outcome, failure.isFatal { fatal = fatal ?? failure }
        switch task {
        case .move(let place): finishMove(place, outcome)
        case .mount(let place, _): finishMount(place, outcome)
        case .putManifest(let place), .putTag(let place, _): finishManifest(place, outcome)
        }
    }

    /// The failure of a manifest, its own or of what it needs; nil when it is stored with all its tags.
    ///
    /// After a fatal failure everything unfinished has failed with it.
    package func failure(of place: ContentPlace) -> TransferFailure? {
        guard let node = manifests[place] else { return nil }
        if let failure = node.failure { return failure }
        if node.isStored, node.pendingTags.isEmpty { return nil }
        return fatal ?? TransferFailure(message: "it was never written")
    }

    // MARK: - Choosing

    private mutating func nextSmall() -> TransferTask? {
        while let place = readyManifests.popLast() {
            guard var node = manifests[place], node.failure == nil else { continue }
            if let tag = node.pendingTags.popLast() {
                manifests[place] = node
                // The other tags wait until the first has stored the manifest: then they are cheap and cannot race it.
                if node.isStored, !node.pendingTags.isEmpty { readyManifests.append(place) }
                return .putTag(place, tag)
            }
            if node.mustPutDigest {
                node.mustPutDigest = false
                manifests[place] = node
                return .putManifest(place)
            }
        }
        while let (place, origin) = readyMounts.popLast() {
            if let failure = poisoned[place.digest] {
                fail(blob: place, failure)
                continue
            }
            blobs[place]?.state = .running
            return .mount(place, from: origin)
        }
        return nil
    }

    private mutating func nextBlob() -> ContentPlace? {
        while let ready = readyBlobs.popMax() {
            let place = ready.place
            guard let node = blobs[place], case .waiting = node.state else { continue }
            if let failure = poisoned[place.digest] ?? failureOfAllDependents(of: node) {
                fail(blob: place, failure)
            } else if moving.contains(place.digest) {
                parked[place.digest, default: []].append(place)
            } else if node.mayMount, let origin = held[place.digest], origin != place.repository {
                readyMounts.append((place, origin))
            } else {
                return place
            }
        }
        return nil
    }

    /// A blob that only failed manifests need is not worth moving.
    private func failureOfAllDependents(of node: BlobNode) -> TransferFailure? {
        var first: TransferFailure?
        for dependent in node.dependents {
            guard let failure = manifests[dependent]?.failure else { return nil }
            first = first ?? failure
        }
        return first
    }

    // MARK: - Outcomes

    private mutating func finishMove(_ place: ContentPlace, _ outcome: TransferOutcome) {
        moving.remove(place.digest)
        let waiting = parked.removeValue(forKey: place.digest) ?? []
        switch outcome {
        case .done, .notMounted:
            succeed(blob: place)
            for other in waiting { readyMounts.append((other, place.repository)) }
        case .failed(let failure, let poisonsDigest):
            if poisonsDigest { poisoned[place.digest] = failure }
            fail(blob: place, failure)
            for other in waiting { requeue(other) }
        }
    }

    private mutating func finishMount(_ place: ContentPlace, _ outcome: TransferOutcome) {
        switch outcome {
        case .done: succeed(blob: place)
        case .notMounted:
            blobs[place]?.mayMount = false
            blobs[place]?.state = .waiting
            requeue(place)
        case .failed(let failure, _): fail(blob: place, failure)
        }
    }

    private mutating func finishManifest(_ place: ContentPlace, _ outcome: TransferOutcome) {
        guard var node = manifests[place] else { return }
        switch outcome {
        case .done, .notMounted:
            let isFirst = !node.isStored
            node.isStored = true
            let hasMore = !node.pendingTags.isEmpty
            manifests[place] = node
            if isFirst { release(dependentsOf: place) }
            if hasMore, isFirst { readyManifests.append(place) }
        case .failed(let failure, _):
            manifests[place] = node
            fail(manifest: place, failure)
        }
    }

    private mutating func requeue(_ place: ContentPlace) {
        readyBlobs.insert(ReadyBlob(priority: priorities[place] ?? 0, place: place))
    }

    private mutating func succeed(blob place: ContentPlace) {
        blobs[place]?.state = .done
        held[place.digest] = held[place.digest] ?? place.repository
        for manifest in blobs[place]?.dependents ?? [] { countDown(manifest) }
    }

    private mutating func fail(blob place: ContentPlace, _ failure: TransferFailure) {
        blobs[place]?.state = .failed(failure)
        for manifest in blobs[place]?.dependents ?? [] { fail(manifest: manifest, failure) }
    }

    private mutating func release(dependentsOf place: ContentPlace) {
        for manifest in manifests[place]?.dependents ?? [] { countDown(manifest) }
    }

    private mutating func countDown(_ place: ContentPlace) {
        guard var node = manifests[place] else { return }
        node.missing -= 1
        let isReady = node.missing == 0 && node.failure == nil && !node.isQueued
        if isReady { node.isQueued = true }
        manifests[place] = node
        if isReady { readyManifests.append(place) }
    }

    private mutating func fail(manifest place: ContentPlace, _ failure: TransferFailure) {
        var failing = [place]
        while let place = failing.popLast() {
            guard manifests[place]?.failure == nil else { continue }
            manifests[place]?.failure = failure
            failing += manifests[place]?.dependents ?? []
        }
    }
}
