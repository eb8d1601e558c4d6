import HeapModule
package import OCIModel

/// Decides what happens next; no I/O, no clock, no lock.
///
/// The shell asks `next()` until it gets nothing, carries the tasks out concurrently, and tells each outcome with
/// `finish`. Every distinct blob is moved to a store once: while one place of a digest is being written the others wait,
/// then they are mounted from it. All stores that lack a blob get it at the same time, from one reading. Manifests and
/// tags go before blobs, so finished images become visible early; a limit each keeps large blobs from starving small
/// requests and the reverse. Each store has limits of its own, so one that hangs does not stop the others.
package struct TransferScheduler {
    /// How many tasks may run at the same time, for each store.
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
        /// As they were added, but those of a hundredth of all bytes or more before: one at the end would go alone.
        case largeBeforeAdded
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

    /// What waits and what runs for one store.
    private struct Lane {
        var readyBlobs = Heap<ReadyBlob>()
        var readyMounts: [(place: ContentPlace, from: RepositoryPath)] = []
        var readyManifests: [ContentPlace] = []
        var runningBulk = 0
        var runningSmall = 0
    }

    /// A digest in any repository of a store.
    private struct StoredDigest: Hashable {
        let store: Int
        let digest: Digest
    }

    private let limits: Limits
    /// The store of each target; targets in one store mount from each other.
    private let stores: [Int]
    private var lanes: [Lane]
    /// For each store.
    private var patience: [TargetPatience]
    private var blobs: [ContentPlace: BlobNode] = [:]
    private var manifests: [ContentPlace: ManifestNode] = [:]
    /// All places of a digest; only kept when there are several stores.
    private var places: [Digest: [ContentPlace]] = [:]
    /// Places that wait for another place of the same digest that is being moved to the same store.
    private var parked: [StoredDigest: [ContentPlace]] = [:]
    private var moving: Set<StoredDigest> = []
    /// A repository of the store that holds the digest.
    private var held: [StoredDigest: RepositoryPath] = [:]
    private var poisoned: [Digest: TransferFailure] = [:]
    private var priorities: [ContentPlace: Int64] = [:]

    /// Takes a graph.
    ///
    /// - Parameters:
    ///   - graph: what must be at the targets.
    ///   - limits: how much at once.
    ///   - order: which blobs first.
    ///   - stores: the store of each target of the graph, from 0 without gaps.
    ///   - held: for each target (or none) repositories that hold a digest already; the others mount it from there.
    ///   - lost: targets that are given up already, with the reason.
    package init(
        _ graph: TransferGraph,
        limits: Limits,
        order: Order,
        stores: [Int] = [0],
        held: [[Digest: RepositoryPath]] = [],
        lost: [Int: TransferFailure] = [:]
    ) {
        self.limits = limits
        self.stores = stores
        lanes = Array(repeating: Lane(), count: (stores.max() ?? 0) + 1)
        patience = lanes.indices.map { lane in
            TargetPatience(lost: stores.indices.lazy.filter { stores[$0] == lane }.compactMap { lost[$0] }.first)
        }
        for (target, repositories) in held.enumerated() {
            for (digest, repository) in repositories {
                self.held[StoredDigest(store: stores[target], digest: digest)] = repository
            }
        }
        let firstSize = Self.firstSize(graph, order)
        for (index, place) in graph.blobOrder.enumerated() {
            blobs[place] = BlobNode()
            let size = graph.blobs[place]?.size ?? 0
            priorities[place] = size >= firstSize ? size : -Int64(index)
            if lanes.count > 1 { places[place.digest, default: []].append(place) }
        }
        let waits = graph.waits()
        for manifest in graph.manifests.values {
            manifests[manifest.place] = ManifestNode(
                missing: manifest.blobs.count + (waits[manifest.place]?.count ?? 0),
                pendingTags: manifest.tags.sorted(by: >),
                mustPutDigest: manifest.tags.isEmpty && !manifest.isStored
            )
        }
        for manifest in graph.manifests.values {
            for blob in manifest.blobs { blobs[blob]?.dependents.append(manifest.place) }
            for other in waits[manifest.place] ?? [] { manifests[other]?.dependents.append(manifest.place) }
        }
        for place in graph.blobOrder { requeue(place) }
        for place in manifests.filter({ $0.value.missing == 0 }).map(\.key) { enqueue(manifest: place) }
    }

    /// The next step to carry out, or several that move one blob to several stores and are to share its reading.
    ///
    /// - Returns: the steps, none when nothing can start now; each ends with a `finish` of its own.
    package mutating func next() -> [TransferTask] {
        for lane in lanes.indices where mayStart(in: lane) {
            if let task = startSmall(in: lane) { return [task] }
            if lanes[lane].runningBulk < limits.bulk, let place = nextBlob(in: lane) {
                let all = [place] + companions(of: place)
                for place in all { begin(moving: place) }
                return all.map { .move($0) }
            }
            // Picking blobs may have found mounts.
            if let task = startSmall(in: lane) { return [task] }
        }
        return []
    }

    /// Whether no task that was handed out is still running.
    package var isIdle: Bool { lanes.allSatisfy { $0.runningBulk == 0 && $0.runningSmall == 0 } }

    /// Why a target was given up, with all others of its store; nil when it was not.
    package func lost(_ target: Int) -> TransferFailure? { patience[stores[target]].lost }

    /// Tells how a step ended.
    package mutating func finish(_ task: TransferTask, _ outcome: TransferOutcome) {
        let lane = store(task.place)
        if task.isBulk { lanes[lane].runningBulk -= 1 } else { lanes[lane].runningSmall -= 1 }
        switch outcome {
        case .done, .notMounted: patience[lane].noteAnswer()
        case .failed(let failure, _): patience[lane].note(failure)
        }
        switch task {
        case .move(let place): finishMove(place, outcome)
        case .mount(let place, _): finishMount(place, outcome)
        case .putManifest(let place), .putTag(let place, _): finishManifest(place, outcome)
        }
    }

    /// The failure of a manifest, its own or of what it needs; nil when it is stored with all its tags.
    ///
    /// When its target was given up, everything unfinished there has failed with it.
    package func failure(of place: ContentPlace) -> TransferFailure? {
        guard let node = manifests[place] else { return nil }
        if let failure = node.failure { return failure }
        if node.isStored, node.pendingTags.isEmpty { return nil }
        return lost(place.target) ?? TransferFailure(message: "it was never written")
    }

    private func mayStart(in lane: Int) -> Bool {
        patience[lane].mayStart(running: lanes[lane].runningBulk + lanes[lane].runningSmall)
    }

    private func store(_ place: ContentPlace) -> Int { stores[place.target] }

    private func stored(_ place: ContentPlace) -> StoredDigest {
        StoredDigest(store: store(place), digest: place.digest)
    }

    // MARK: - Choosing

    private mutating func startSmall(in lane: Int) -> TransferTask? {
        guard lanes[lane].runningSmall < limits.small, let task = nextSmall(in: lane) else { return nil }
        lanes[lane].runningSmall += 1
        return task
    }

    private mutating func nextSmall(in lane: Int) -> TransferTask? {
        while let place = lanes[lane].readyManifests.popLast() {
            guard var node = manifests[place], node.failure == nil, lost(place.target) == nil else { continue }
            if let tag = node.pendingTags.popLast() {
                manifests[place] = node
                // The other tags wait until the first has stored the manifest: then they are cheap and cannot race it.
                if node.isStored, !node.pendingTags.isEmpty { lanes[lane].readyManifests.append(place) }
                return .putTag(place, tag)
            }
            if node.mustPutDigest {
                node.mustPutDigest = false
                manifests[place] = node
                return .putManifest(place)
            }
        }
        while let (place, origin) = lanes[lane].readyMounts.popLast() {
            // A reading for several stores may have taken it along meanwhile.
            guard let node = blobs[place], case .waiting = node.state else { continue }
            if let failure = poisoned[place.digest] ?? lost(place.target) {
                fail(blob: place, failure)
                continue
            }
            blobs[place]?.state = .running
            return .mount(place, from: origin)
        }
        return nil
    }

    private mutating func nextBlob(in lane: Int) -> ContentPlace? {
        while let place = lanes[lane].readyBlobs.popMax()?.place {
            guard let node = blobs[place], case .waiting = node.state else { continue }
            if let failure = reasonNotToMove(place, node) {
                fail(blob: place, failure)
            } else if moving.contains(stored(place)) {
                parked[stored(place), default: []].append(place)
            } else if node.mayMount, let origin = held[stored(place)], origin != place.repository {
                lanes[lane].readyMounts.append((place, origin))
            } else {
                return place
            }
        }
        return nil
    }

    /// One place in each of the other stores that lacks the same blob.
    ///
    /// A store that is a little behind may have twice the usual number under way, so that it does not need a reading of
    /// its own later; one that is far behind is left out.
    private func companions(of place: ContentPlace) -> [ContentPlace] {
        var taken: Set<Int> = [store(place)]
        return (places[place.digest] ?? []).filter { other in
            guard !taken.contains(store(other)), mayStart(in: store(other)),
                lanes[store(other)].runningBulk < 2 * limits.bulk,
                !moving.contains(stored(other)), let node = blobs[other], case .waiting = node.state,
                reasonNotToMove(other, node) == nil, !(node.mayMount && held[stored(other)] != nil)
            else { return false }
            taken.insert(store(other))
            return true
        }
    }

    private mutating func begin(moving place: ContentPlace) {
        lanes[store(place)].runningBulk += 1
        moving.insert(stored(place))
        blobs[place]?.state = .running
    }

    private func reasonNotToMove(_ place: ContentPlace, _ node: BlobNode) -> TransferFailure? {
        poisoned[place.digest] ?? lost(place.target) ?? failureOfAllDependents(of: node)
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
        moving.remove(stored(place))
        let waiting = parked.removeValue(forKey: stored(place)) ?? []
        switch outcome {
        case .done, .notMounted:
            succeed(blob: place)
            for other in waiting { lanes[store(other)].readyMounts.append((other, place.repository)) }
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
        guard let node = manifests[place] else { return }
        switch outcome {
        case .done, .notMounted:
            let isFirst = !node.isStored
            manifests[place]?.isStored = true
            if isFirst { release(dependentsOf: place) }
            if !node.pendingTags.isEmpty, isFirst { lanes[store(place)].readyManifests.append(place) }
        case .failed(let failure, _):
            fail(manifest: place, failure)
        }
    }

    private mutating func requeue(_ place: ContentPlace) {
        lanes[store(place)].readyBlobs.insert(ReadyBlob(priority: priorities[place] ?? 0, place: place))
    }

    private mutating func succeed(blob place: ContentPlace) {
        blobs[place]?.state = .done
        held[stored(place)] = held[stored(place)] ?? place.repository
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
        manifests[place]?.missing -= 1
        if let node = manifests[place], node.missing == 0, node.failure == nil { enqueue(manifest: place) }
    }

    /// A manifest whose needs are met; one of which nothing is to be written is stored at once.
    private mutating func enqueue(manifest place: ContentPlace) {
        var ready = [place]
        while let place = ready.popLast() {
            guard let node = manifests[place], !node.isQueued else { continue }
            manifests[place]?.isQueued = true
            guard node.pendingTags.isEmpty, !node.mustPutDigest else {
                lanes[store(place)].readyManifests.append(place)
                continue
            }
            manifests[place]?.isStored = true
            for dependent in node.dependents {
                manifests[dependent]?.missing -= 1
                if let other = manifests[dependent], other.missing == 0, other.failure == nil {
                    ready.append(dependent)
                }
            }
        }
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
