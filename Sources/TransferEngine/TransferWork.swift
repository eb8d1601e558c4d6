import ImageStorage
import MirrorPlan
import NIOCore
import OCIModel
import Synchronization

/// Carries out single tasks of a transfer; shared by all of them.
final class TransferWork: Sendable {
    /// How often a blob is begun anew because its source has another place for it.
    private static let maximumPlaces = 100

    /// Where the sources are.
    let sources: any ImageSourceProvider
    /// The targets, in the order of the destinations.
    let targets: [any ImageTarget]
    /// The names of the stores behind the targets.
    private let stores: [String]
    /// The manifests that planning has read.
    let library: ManifestLibrary
    /// The plan by digests.
    let index: PlanIndex
    private let patience: Duration
    private let observer: any TransferObserver
    private let counts: Mutex<[MirrorReport.Traffic]>
    /// The image that a blob is moved for, by digest.
    private let owners: [Digest: PlannedImage]
    /// The image that a manifest belongs to, by digest.
    private let manifestOwners: [Digest: ImageReference]
    /// The repositories that a manifest can be read from, by digest, in the order of the plan.
    let origins: [Digest: [Repository]]

    init(
        sources: any ImageSourceProvider,
        targets: [any ImageTarget],
        stores: [String],
        library: ManifestLibrary,
        plan: MirrorPlan,
        patience: Duration,
        observer: any TransferObserver
    ) {
        self.sources = sources
        self.targets = targets
        self.stores = stores
        self.library = library
        index = PlanIndex(plan)
        counts = Mutex(targets.map { _ in MirrorReport.Traffic() })
        self.patience = patience
        self.observer = observer
        var owners: [Digest: PlannedImage] = [:]
        var origins: [Digest: [Repository]] = [:]
        var manifestOwners: [Digest: ImageReference] = [:]
        for image in plan.images {
            for manifest in index.closure(of: image.digest) {
                for digest in manifest.blobs where owners[digest] == nil { owners[digest] = image }
                if manifestOwners[manifest.digest] == nil { manifestOwners[manifest.digest] = image.origin }
                if origins[manifest.digest]?.contains(image.source) != true {
                    origins[manifest.digest, default: []].append(image.source)
                }
            }
        }
        self.owners = owners
        self.manifestOwners = manifestOwners
        self.origins = origins
    }

    /// What moved so far, for each target.
    var traffic: [MirrorReport.Traffic] { counts.withLock { $0 } }

    /// A consumer's part in a reading that several targets share.
    typealias Share = (fanOut: BlobFanOut, consumer: Int)

    /// Prepares to read a blob once for several targets.
    ///
    /// - Returns: what shares the bytes out, and what it is to be served from.
    func sharedReading(of digest: Digest, consumers: Int) -> (fanOut: BlobFanOut, source: BlobOpener) {
        let source = BlobOpener(pauses: pauses(in: digest)) { [self] offset, body in
            try await withSource(of: digest, from: offset, state: SourceState(), body)
        }
        let fanOut = BlobFanOut(consumers: consumers, pauses: source.pauses, patience: patience)
        return (fanOut, source)
    }

    /// Carries out one task.
    ///
    /// - Parameters:
    ///   - task: the task.
    ///   - share: its part in a reading that is shared; nil when it reads by itself.
    /// - Returns: how it ended.
    /// - Throws: `CancellationError` only; failures are outcomes.
    func perform(_ task: TransferTask, sharing share: Share? = nil) async throws -> TransferOutcome {
        try await WorkSubject.$current.withValue(subject(of: task.place.digest)) {
            try await carryOut(task, sharing: share)
        }
    }

    /// What the moving of a blob or manifest is for.
    func subject(of digest: Digest) -> WorkSubject? {
        if let owner = owners[digest] { return WorkSubject(image: owner.origin, blob: digest) }
        return manifestOwners[digest].map { WorkSubject(image: $0) }
    }

    private func carryOut(_ task: TransferTask, sharing share: Share?) async throws -> TransferOutcome {
        let source = SourceState()
        do {
            switch task {
            case .mount(let place, let origin): return try await mount(place, from: origin)
            case .move(let place): return try await move(place, source: source, share: share)
            case .putManifest(let place): return try await put(place, tag: nil, source: source)
            case .putTag(let place, let tag): return try await put(place, tag: tag, source: source)
            }
        } catch {
            try Task.checkCancellation()
            let isAboutSource = source.hasFailed || Self.areWrongBytes(error)
            return .failed(
                TransferFailure(
                    of: placed(error, source),
                    isTargetToBlame: !source.hasFailed,
                    remedy: remedy(for: error, about: task.place.digest),
                    step: isAboutSource ? .read : .write
                ),
                poisonsDigest: source.isAtFault(for: error)
            )
        }
    }

    /// Wrong bytes with the registry that gave them: the check that finds them does not know it.
    private func placed(_ error: any Error, _ state: SourceState) -> any Error {
        guard let origin = state.place, !state.hasFailed, Self.areWrongBytes(error),
            remedy(for: error, about: origin.digest) == nil
        else { return error }
        let step = "have the image pushed there anew, or find out what on the way changes bytes"
        return TransferFailure(
            message: "could not read a blob from \(origin.repository): \(error); \(step)",
            isIntegrity: true,
            step: .read,
            details: FailureDetails(registry: origin.repository.registry.text, nextStep: step)
        )
    }

    /// Whether the check of the bytes on their way has found them to be wrong, which is the fault of who gave them.
    ///
    /// A store that names a registry speaks of its own bytes.
    private static func areWrongBytes(_ error: any Error) -> Bool {
        ContentFailureKind(of: error) == .integrity && FailureDetails(of: error).registry == nil
    }

    /// What its sources say is to be done about a blob whose bytes were found to be wrong on their way.
    private func remedy(for error: any Error, about digest: Digest) -> String? {
        guard let error = error as? ImageStorageError, error.kind == .integrity,
            let blob = index.blobs[digest], let descriptor = try? blob.descriptor()
        else { return nil }
        return blob.sources.lazy
            .compactMap { try? self.sources.source(for: $0.registry).remedy(forDamaged: descriptor) }.first
    }

    private func mount(_ place: ContentPlace, from origin: RepositoryPath) async throws -> TransferOutcome {
        let blob = try descriptor(place.digest)
        guard try await targets[place.target].mountBlob(blob, from: origin, to: place.repository) else {
            return .notMounted
        }
        // The observer counts distinct blobs, and this one was counted when it came to the other repository.
        counts.withLock { $0[place.target].blobsMounted += 1 }
        return .done
    }

    private func move(_ place: ContentPlace, source: SourceState, share: Share?) async throws -> TransferOutcome {
        let blob = try descriptor(place.digest)
        let target = targets[place.target]
        if try await target.containsBlob(blob, in: place.repository) {
            counts.withLock { $0[place.target].blobsPresent += 1 }
            observer.blobEnded(blob, moved: false)
            return .done
        }
        let meter = observer.blobBegan(moving(blob, to: place.target))
        do {
            let opener = opener(of: place, meter: meter, state: source, share: share)
            try await writing(blob, state: source) {
                try await target.writeBlob(blob, to: place.repository, from: opener)
            }
        } catch {
            meter.end(complete: false)
            throw error
        }
        meter.end(complete: true)
        counts.withLock { $0[place.target].blobsMoved += 1 }
        observer.blobEnded(blob, moved: true)
        return .done
    }

    private func moving(_ blob: Descriptor, to target: Int) -> MovingBlob {
        let owner = owners[blob.digest]
        return MovingBlob(
            blob,
            name: owner.map(Self.shortName) ?? blob.digest.short,
            image: owner?.origin,
            origin: index.blobs[blob.digest]?.sources.first?.registry,
            store: stores.indices.contains(target) ? stores[target] : ""
        )
    }

    /// Writes a blob, and again as long as its source failed and has another place for it.
    private func writing(_ blob: Descriptor, state: SourceState, _ write: () async throws -> Void) async throws {
        // Each try rules out a place, so the bound is not reached by sources that keep their word.
        for _ in 0..<Self.maximumPlaces {
            do {
                return try await write()
            } catch {
                try Task.checkCancellation()
                guard state.hasFailed || ContentFailureKind(of: error) == .integrity, hasOtherCopy(of: blob) else {
                    throw error
                }
            }
        }
        try await write()
    }

    private func hasOtherCopy(of blob: Descriptor) -> Bool {
        (index.blobs[blob.digest]?.sources ?? []).contains { origin in
            // One that cannot be had has no copy.
            (try? sources.source(for: origin.registry))?.hasOtherCopy(of: blob, in: origin.path) ?? false
        }
    }

    /// The bytes of a blob for one target, counted: from the shared reading, else from the source.
    private func opener(
        of place: ContentPlace,
        meter: any BlobMeter,
        state: SourceState,
        share: Share?
    ) -> BlobOpener {
        BlobOpener(pauses: pauses(in: place.digest)) { [self] offset, body in
            meter.resume(at: offset)
            let counting: @Sendable (BlobStream) async throws -> Void = { [self] stream in
                try await body(counted(stream, for: place.target, meter: meter, state: state))
            }
            if let share, let stream = share.fanOut.stream(for: share.consumer, at: offset) {
                state.clear()
                defer { share.fanOut.detach(share.consumer) }
                try await counting(stream)
            } else {
                try await withSource(of: place.digest, from: offset, state: state, counting)
            }
        }
    }

    /// The bytes of a blob from the first of its sources that has it.
    private func withSource(
        of digest: Digest,
        from offset: Int64,
        state: SourceState,
        _ body: @escaping @Sendable (BlobStream) async throws -> Void
    ) async throws {
        let blob = try descriptor(digest)
        let origins = index.blobs[digest]?.sources ?? []
        for (position, origin) in origins.enumerated() {
            // What an earlier source or try did says nothing about this one.
            state.clear()
            state.opened(origin, digest)
            let attempt = SingleConsumer(false)
            do {
                let source = try sources.source(for: origin.registry)
                try await source.withBlob(blob, in: origin.path, from: offset) { stream in
                    attempt.value = true
                    try await body(stream)
                }
                return
            } catch {
                if !attempt.value { state.record(error) }
                let isLast = position == origins.count - 1
                guard !isLast, !attempt.value, ContentFailureKind(of: error) == .notFound else { throw error }
            }
        }
        throw Self.notPlanned(digest)
    }

    /// Where any of the sources may pause; one that cannot be had says so when it is opened.
    private func pauses(in digest: Digest) -> [Int64] {
        guard let blob = try? descriptor(digest) else { return [] }
        let origins = index.blobs[digest]?.sources ?? []
        let pauses = origins.compactMap { try? sources.source(for: $0.registry) }.flatMap { $0.pauses(in: blob) }
        return Set(pauses).sorted()
    }

    private func counted(
        _ stream: BlobStream,
        for target: Int,
        meter: any BlobMeter,
        state: SourceState
    ) -> BlobStream {
        BlobStream { [self] in
            do {
                guard let chunk = try await stream.next() else { return nil }
                let count = chunk.readableBytes
                counts.withLock { $0[target].bytesMoved += Int64(count) }
                meter.advance(by: count)
                return chunk
            } catch {
                state.record(error)
                throw error
            }
        }
    }

    private func descriptor(_ digest: Digest) throws -> Descriptor {
        guard let blob = index.blobs[digest] else { throw Self.notPlanned(digest) }
        return try blob.descriptor()
    }

    /// The failure of a task about something that the plan does not have.
    static func notPlanned(_ digest: Digest) -> TransferFailure {
        TransferFailure(message: "\(digest) is not described by the plan")
    }

    private static func shortName(_ image: PlannedImage) -> String {
        let last = image.destination.components.last.map(String.init) ?? image.destination.text
        return image.tags.first.map { "\(last):\($0)" } ?? last
    }
}
