import ImageStorage
import MirrorPlan
import NIOCore
import OCIModel
import Synchronization

/// Carries out single tasks of a transfer; shared by all of them.
final class TransferWork: Sendable {
    private let sources: any ImageSourceProvider
    private let target: any ImageTarget
    private let library: ManifestLibrary
    private let index: PlanIndex
    private let observer: any TransferObserver
    private let counts = Mutex(MirrorReport.Traffic())
    /// The image that a blob is moved for, by digest.
    private let owners: [Digest: PlannedImage]
    /// The repositories that a manifest can be read from, by digest, in the order of the plan.
    private let origins: [Digest: [Repository]]

    init(
        sources: any ImageSourceProvider,
        target: any ImageTarget,
        library: ManifestLibrary,
        layout: PlanLayout,
        observer: any TransferObserver
    ) {
        self.sources = sources
        self.target = target
        self.library = library
        self.index = layout.index
        self.observer = observer
        var owners: [Digest: PlannedImage] = [:]
        var origins: [Digest: [Repository]] = [:]
        for image in layout.plan.images {
            for manifest in layout.index.closure(of: image.digest) {
                for digest in manifest.blobs where owners[digest] == nil { owners[digest] = image }
                if origins[manifest.digest]?.contains(image.source) != true {
                    origins[manifest.digest, default: []].append(image.source)
                }
            }
        }
        self.owners = owners
        self.origins = origins
    }

    /// What moved so far.
    var traffic: MirrorReport.Traffic { counts.withLock { $0 } }

    /// Carries out one task.
    ///
    /// - Throws: `CancellationError` only; failures are outcomes.
    func perform(_ task: TransferTask) async throws -> TransferOutcome {
        let source = SourceState()
        do {
            switch task {
            case .mount(let place, let origin): return try await mount(place, from: origin)
            case .move(let place): return try await move(place, source: source)
            case .putManifest(let place): return try await put(place, tag: nil)
            case .putTag(let place, let tag): return try await put(place, tag: tag)
            }
        } catch {
            try Task.checkCancellation()
            return .failed(TransferFailure(of: error), poisonsDigest: source.isAtFault(for: error))
        }
    }

    private func mount(_ place: ContentPlace, from origin: RepositoryPath) async throws -> TransferOutcome {
        let blob = try descriptor(place.digest)
        guard try await target.mountBlob(blob, from: origin, to: place.repository) else { return .notMounted }
        // The observer counts distinct blobs, and this one was counted when it came to the other repository.
        counts.withLock { $0.blobsMounted += 1 }
        return .done
    }

    private func move(_ place: ContentPlace, source: SourceState) async throws -> TransferOutcome {
        let blob = try descriptor(place.digest)
        if try await target.containsBlob(blob, in: place.repository) {
            counts.withLock { $0.blobsPresent += 1 }
            observer.blobEnded(blob, moved: false)
            return .done
        }
        let meter = observer.blobBegan(blob, name: owners[place.digest].map(Self.shortName) ?? blob.digest.short)
        do {
            try await target.writeBlob(blob, to: place.repository, from: opener(of: blob, meter: meter, state: source))
        } catch {
            meter.end(complete: false)
            throw error
        }
        meter.end(complete: true)
        counts.withLock { $0.blobsMoved += 1 }
        observer.blobEnded(blob, moved: true)
        return .done
    }

    private func put(_ place: ContentPlace, tag: Tag?) async throws -> TransferOutcome {
        guard let planned = index.manifests[place.digest] else { throw Self.notPlanned(place.digest) }
        let document = try await document(place.digest)
        try check(document, against: planned)
        do {
            try await target.writeManifest(document, to: place.repository, tag: tag)
        } catch {
            throw explained(error, manifest: planned)
        }
        return .done
    }

    /// A manifest from the first of its sources that has it, so that an image does not fail for another's registry.
    private func document(_ digest: Digest) async throws -> ManifestDocument {
        let origins = origins[digest] ?? []
        guard let first = origins.first else { throw Self.notPlanned(digest) }
        var failure: any Error = TransferFailure(
            message: "manifest \(first)@\(digest) is no longer at its source",
            isGone: true
        )
        for origin in origins {
            do {
                let source = try sources.source(for: origin.registry)
                if let document = try await library.document(digest, in: origin.path, of: source) { return document }
            } catch {
                try Task.checkCancellation()
                failure = error
            }
        }
        throw failure
    }

    /// A lock file may have been written by hand: what it leaves out would be missing at the target without a word.
    private func check(_ document: ManifestDocument, against planned: PlannedManifest) throws {
        let actual = PlannedManifest(document, children: planned.children, platform: planned.platform)
        let children = Set(document.manifest.children.map(\.digest))
        guard actual.size == planned.size, actual.blobs == planned.blobs, actual.subject == planned.subject,
            children == Set(planned.children).union(planned.omitted)
        else {
            throw TransferFailure(
                message: "manifest \(document.digest) has other contents than the lock file says; plan again"
            )
        }
    }

    /// The bytes of a blob from the first of its sources that has it, counted.
    private func opener(of blob: Descriptor, meter: any BlobMeter, state: SourceState) -> BlobOpener {
        let origins = index.blobs[blob.digest]?.sources ?? []
        return BlobOpener(pauses: pauses(in: blob, origins)) { [self] offset, body in
            for (position, origin) in origins.enumerated() {
                // What an earlier source or try did says nothing about this one.
                state.clear()
                let attempt = SingleConsumer(false)
                do {
                    let source = try sources.source(for: origin.registry)
                    try await source.withBlob(blob, in: origin.path, from: offset) { stream in
                        attempt.value = true
                        try await body(counted(stream, meter: meter, state: state))
                    }
                    return
                } catch {
                    if !attempt.value { state.record(error) }
                    let isLast = position == origins.count - 1
                    guard !isLast, !attempt.value, ContentFailureKind(of: error) == .notFound else { throw error }
                }
            }
            throw Self.notPlanned(blob.digest)
        }
    }

    /// Where any of the sources may pause; one that cannot be had says so when it is opened.
    private func pauses(in blob: Descriptor, _ origins: [Repository]) -> [Int64] {
        let pauses = origins.compactMap { try? sources.source(for: $0.registry) }.flatMap { $0.pauses(in: blob) }
        return Set(pauses).sorted()
    }

    private func counted(_ stream: BlobStream, meter: any BlobMeter, state: SourceState) -> BlobStream {
        BlobStream { [self] in
            do {
                guard let chunk = try await stream.next() else { return nil }
                let count = chunk.readableBytes
                counts.withLock { $0.bytesMoved += Int64(count) }
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

    private func explained(_ error: any Error, manifest: PlannedManifest?) -> any Error {
        guard let manifest, !manifest.omitted.isEmpty,
            [.refused, .notFound].contains(ContentFailureKind(of: error))
        else { return error }
        let failure = TransferFailure(of: error)
        return TransferFailure(
            message: "the target does not take a list of which \(manifest.omitted.count) images are left out by "
                + "\"platforms\" (\(failure.message)); mirror all platforms, or let the registry accept sparse lists"
        )
    }

    private static func notPlanned(_ digest: Digest) -> TransferFailure {
        TransferFailure(message: "\(digest) is not described by the plan")
    }

    private static func shortName(_ image: PlannedImage) -> String {
        let last = image.destination.components.last.map(String.init) ?? image.destination.text
        return image.tags.first.map { "\(last):\($0)" } ?? last
    }
}

/// Remembers whether the source failed, so that the target's failures are not blamed on it.
private final class SourceState: Sendable {
    private let kind = Mutex<ContentFailureKind?>(nil)

    func record(_ error: any Error) {
        kind.withLock { $0 = ContentFailureKind(of: error) }
    }

    func clear() {
        kind.withLock { $0 = nil }
    }

    /// Whether every other place of the digest must fail too: the source lacks it, or gives other bytes.
    func isAtFault(for error: any Error) -> Bool {
        if ContentFailureKind(of: error) == .integrity { return true }
        return kind.withLock { $0 == .notFound || $0 == .integrity }
    }
}
