import ImageStorage
import OCIModel

extension MirroredSource {
    /// How large a blob may be, in bytes, that is read whole and checked before any byte of it is given on.
    private static let maximumWholeSize: Int64 = 4 << 20

    /// How far the reading from one place got.
    private struct Reading: Sendable {
        /// Whether the consumer was given bytes; then another place cannot take over unseen.
        var isGivenOn = false
        /// What went wrong with the bytes.
        var failure: (any Error)?
    }

    /// Reads a blob from the first place that gives it.
    ///
    /// A place that fails before the first byte, or at any byte of a small blob, is passed over. What fails later is an
    /// error; the place is not asked for that blob again, so that another try (``hasOtherCopy(of:in:)``) goes on elsewhere.
    ///
    /// - Throws: `RegistriesConfError`; what the place and `body` throw.
    func withBlob<Result: Sendable>(
        _ blob: Descriptor,
        in repository: RepositoryPath,
        from offset: Int64,
        _ body: (BlobStream) async throws -> Result
    ) async throws -> Result {
        let name = Repository(registry: registry, path: repository)
        let places = try conf.places(of: name, for: .content)
        var attempts = PullAttempts()
        for place in places {
            if let reason = reasonToSkip(place, among: places) {
                attempts.add(place, .givenUp, reason)
                continue
            }
            if knowledge.isSpoilt(blob.digest, at: place) {
                attempts.add(place, .failed(.integrity), "it could not give the blob whole before")
                continue
            }
            let reading = SingleConsumer(Reading())
            do {
                let source = try upstream.source(for: place.repository.registry)
                return try await source.withBlob(blob, in: place.repository.path, from: offset) { stream in
                    let watched = try await watched(stream, of: blob, from: offset, places.count > 1, reading)
                    reading.value.isGivenOn = true
                    knowledge.answered(place.repository.registry)
                    return try await body(watched)
                }
            } catch {
                try Task.checkCancellation()
                guard places.count > 1 else { throw error }
                // A consumer's own check of the bytes says the same as this one's.
                let isWrong = (error as? ImageStorageError)?.kind == .integrity
                let fault = reading.value.failure ?? (isWrong || !reading.value.isGivenOn ? error : nil)
                guard let fault else { throw error }
                note(fault, of: place, in: &attempts)
                if reading.value.isGivenOn || ContentFailureKind(of: fault) == .integrity {
                    knowledge.spoil(blob.digest, at: place)
                }
                if reading.value.isGivenOn { throw error }
            }
        }
        throw attempts.error(about: "blob \(blob.digest) of \(name)")
    }

    /// Whether a place is left that has not failed with a blob, after one that has.
    func hasOtherCopy(of blob: Descriptor, in repository: RepositoryPath) -> Bool {
        let name = Repository(registry: registry, path: repository)
        // Where nothing may be read there is no copy.
        guard let places = try? conf.places(of: name, for: .content), places.count > 1 else { return false }
        let isSpoilt = { knowledge.isSpoilt(blob.digest, at: $0) }
        return places.contains(where: isSpoilt)
            && places.contains { !isSpoilt($0) && knowledge.reasonGivenUp($0.repository.registry) == nil }
    }

    /// The stream, once its place has shown that it gives something.
    private func watched(
        _ stream: BlobStream,
        of blob: Descriptor,
        from offset: Int64,
        _ isChecked: Bool,
        _ reading: SingleConsumer<Reading>
    ) async throws -> BlobStream {
        guard isChecked else { return stream }
        let checked = offset == 0 ? try DigestCheck(blob).checked(stream) : stream
        let isWhole = offset == 0 && blob.size <= Self.maximumWholeSize
        var first: [BlobStream.Element] = []
        while let chunk = try await checked.next() {
            first.append(chunk)
            if !isWhole { break }
        }
        let waiting = SingleConsumer(first[...])
        return BlobStream {
            if let chunk = waiting.value.popFirst() { return chunk }
            if isWhole { return nil }
            do {
                return try await checked.next()
            } catch {
                if !(error is CancellationError) { reading.value.failure = error }
                throw error
            }
        }
    }
}
