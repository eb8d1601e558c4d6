import DispatchLanes
package import ImageStorage
package import MirrorPlan
import NIOCore
package import OCIModel

/// Proves that a target holds everything of a plan, without writing anything.
package struct TargetVerifier: Sendable {
    /// How many problems of one image are named; a repository that is not there has hundreds.
    private static let longestList = 5

    private let target: any ImageTarget
    private let reader: (any ImageSource)?
    private let width: Int
    private let observer: any TransferObserver

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - target: is asked for manifests (read and hashed) and blobs (asked for their presence).
    ///   - reader: when given, every blob is read from it and hashed too.
    ///   - width: how many requests at the same time.
    ///   - observer: is told what happens.
    package init(target: any ImageTarget, reader: (any ImageSource)?, width: Int, observer: any TransferObserver) {
        self.target = target
        self.reader = reader
        self.width = width
        self.observer = observer
    }

    /// Checks every image of a plan.
    ///
    /// - Parameters:
    ///   - plan: what must be there.
    ///   - repository: the repository at the target of a planned destination.
    /// - Returns: the fate of every image: verified, or failed with what is wrong with it, at most five problems by name.
    /// - Throws: `CancellationError`; `MirrorPlanError` when destinations cannot be formed.
    package func verify(
        _ plan: MirrorPlan,
        repository: (RepositoryPath) throws -> RepositoryPath
    ) async throws -> TransferResult {
        let layout = try PlanLayout(
            plan,
            index: PlanIndex(plan),
            sharesBlobs: false,
            repository: repository
        )
        let positions = Array(plan.images.indices)
        observer.phaseBegan("Reading manifests back")
        let survey = TargetSurvey(target: target, width: width)
        let answers = try await survey.answers(to: Set(positions.flatMap { layout.proofs(of: $0, withTags: true) }))

        let blobs = layout.blobPlaces(of: positions)
        let checks = reader == nil ? blobs : Self.onePlacePerDigest(blobs)
        observer.phaseBegan(reader == nil ? "Asking for blobs" : "Reading blobs back")
        observer.workKnown(
            images: positions.count,
            blobs: checks.count,
            bytes: checks.reduce(0) { $0 + (layout.index.blobs[$1.digest]?.size ?? 0) }
        )
        var broken = try await failures(of: blobs, width: width) { try await presence(of: $0, index: layout.index) }
        let lacksBlobs = broken.values.contains(where: \.isIntegrity)
        if let reader {
            let whole = checks.filter { broken[$0] == nil }
            let damaged = try await failures(of: whole, width: min(width, 4)) { place in
                try await content(of: place, index: layout.index, reader: reader)
            }
            let byDigest = Dictionary(damaged.map { ($0.key.digest, $0.value) }) { first, _ in first }
            for place in blobs where broken[place] == nil { broken[place] = byDigest[place.digest] }
        }

        let images = positions.map { position in
            let failure = self.failure(of: position, layout: layout, answers: answers, broken: broken)
            observer.imageEnded(plan.images[position].origin, failure: failure)
            return TransferResult.Image(image: plan.images[position], failure: failure)
        }
        return TransferResult(images: images, traffic: .init(), fatal: nil, lacksBlobs: lacksBlobs)
    }

    private func failures(
        of places: [ContentPlace],
        width: Int,
        _ check: @escaping @Sendable (ContentPlace) async throws -> TransferFailure?
    ) async throws -> [ContentPlace: TransferFailure] {
        let found = try await mapConcurrently(places, width: width) { place -> TransferFailure? in
            do {
                return try await check(place)
            } catch {
                try Task.checkCancellation()
                return TransferFailure(of: error, step: .verify)
            }
        }
        var failures: [ContentPlace: TransferFailure] = [:]
        for (place, failure) in zip(places, found) { failures[place] = failure }
        return failures
    }

    private func presence(of place: ContentPlace, index: PlanIndex) async throws -> TransferFailure? {
        guard let blob = try index.blobs[place.digest]?.descriptor() else { return nil }
        let isThere = try await target.containsBlob(blob, in: place.repository)
        if reader == nil { observer.blobEnded(blob, moved: false) }
        guard !isThere else { return nil }
        return TransferFailure(
            message: "blob \(place.digest) is not in \(place.repository)",
            isIntegrity: true,
            step: .verify
        )
    }

    private func content(
        of place: ContentPlace,
        index: PlanIndex,
        reader: any ImageSource
    ) async throws -> TransferFailure? {
        guard let blob = try index.blobs[place.digest]?.descriptor() else { return nil }
        let meter = observer.blobBegan(MovingBlob(blob, name: place.digest.short))
        do {
            try await reader.withBlob(blob, in: place.repository, from: 0) { stream in
                let checked = try DigestCheck(blob).checked(stream)
                while let chunk = try await checked.next() { meter.advance(by: chunk.readableBytes) }
            }
        } catch {
            meter.end(complete: false)
            throw error
        }
        meter.end(complete: true)
        observer.blobEnded(blob, moved: true)
        return nil
    }

    private func failure(
        of position: Int,
        layout: PlanLayout,
        answers: [PlanLayout.Proof: TargetSurvey.Answer],
        broken: [ContentPlace: TransferFailure]
    ) -> TransferFailure? {
        var found = layout.proofs(of: position, withTags: true)
            .compactMap { TransferEngine.failure(of: $0, answer: answers[$0]) }
        found += layout.blobPlaces(of: [position]).sorted { $0.digest < $1.digest }.compactMap { broken[$0] }
        guard !found.isEmpty else { return nil }
        // Manifests come first: one that is not there says more than each of its blobs.
        var named: [String] = []
        for message in found.map(\.message) where !named.contains(message) { named.append(message) }
        let more = named.count > Self.longestList ? " and \(named.count - Self.longestList) more" : ""
        return TransferFailure(
            message: named.prefix(Self.longestList).joined(separator: "; ") + more,
            isIntegrity: found.contains(where: \.isIntegrity),
            step: .verify,
            details: found.first?.details ?? FailureDetails()
        )
    }

    private static func onePlacePerDigest(_ places: [ContentPlace]) -> [ContentPlace] {
        var seen: Set<Digest> = []
        return places.filter { seen.insert($0.digest).inserted }
    }
}
