import DispatchLanes
import ImageStorage
import NIOCore
import OCIModel

extension MediaSetWriter {
    /// How often a source may fail in a row without giving a byte.
    private static let fruitlessAttempts = 2

    /// Brings one blob into its place.
    ///
    /// - Throws: as `writeBlob` does.
    func transfer(_ index: Int, from source: BlobOpener) async throws {
        var session = try makeSession(index)
        let reached = reached(index)
        while session.position < reached {
            try Task.checkCancellation()
            let current = session
            guard try await session.lane.run({ try current.rehash(upTo: reached) }) else { break }
        }
        var resumed = session.position > 0
        while true {
            try await fetch(session, from: source)
            let current = session
            let (digest, sums) = try await session.lane.run { try current.finish() }
            if digest == session.blob.digest {
                finished(session, sums: sums)
                return
            }
            // Nobody continues from wrong bytes, not even the next run.
            reset(index)
            try await session.lane.run { [journal] in try journal?.note(blob: index, reached: 0) }
            guard resumed else {
                throw MediaSetError(
                    .digestMismatch,
                    subject: session.blob.digest,
                    message:
                        "the bytes received for blob \(session.blob.digest) hash to \(digest?.description ?? "nothing")"
                )
            }
            resumed = false
            session = try makeSession(index)
        }
    }

    private func makeSession(_ index: Int) throws -> BlobWriteSession {
        try BlobWriteSession(index, layout: layout, files: files, finished: finished, lane: lanes.lane())
    }

    /// Fetches what lacks, again and again from the byte reached while the source gives any.
    private func fetch(_ session: BlobWriteSession, from source: BlobOpener) async throws {
        var fruitless = 0
        while session.position < session.blob.size {
            let start = session.position
            do {
                try await source.withStream(from: start) { [self] stream in try await receive(stream, session) }
                guard session.position < session.blob.size else { return }
                throw MediaSetError(
                    .endedEarly,
                    subject: session.blob.digest,
                    message: "blob \(session.blob.digest) ended after \(session.position) of \(session.blob.size) bytes"
                )
            } catch {
                try Task.checkCancellation()
                fruitless = session.position > start ? 0 : fruitless + 1
                guard fruitless < Self.fruitlessAttempts, Self.isWorthRetrying(error) else { throw error }
            }
        }
    }

    /// Whether the same request may succeed the next time.
    private static func isWorthRetrying(_ error: any Error) -> Bool {
        if error is CancellationError { return false }
        // The set's own failures are those of the disk.
        if let error = error as? MediaSetError { return error.code == .endedEarly }
        switch ContentFailureKind(of: error) {
        case .unavailable, .other: return true
        case .notFound, .integrity, .refused, .noSpace: return false
        }
    }

    private enum Work {
        case write
        case commit
    }

    /// Takes a stream in batches; while one is hashed and written, the next is received.
    private func receive(_ stream: BlobStream, _ session: BlobWriteSession) async throws {
        try await withThrowingTaskGroup(of: Work.self) { group in
            var batch = ByteBufferAllocator().buffer(capacity: batchSize)
            var isWriting = false
            var failure: (any Error)?
            while true {
                let chunk: ByteBuffer
                do {
                    guard let next = try await stream.next() else { break }
                    chunk = next
                } catch {
                    // What came before the failure is kept, so that it is not fetched again.
                    failure = error
                    break
                }
                batch.writeImmutableBuffer(chunk)
                guard batch.readableBytes >= batchSize else { continue }
                if isWriting { try await Self.waitForWrite(&group) }
                let full = batch
                batch = ByteBufferAllocator().buffer(capacity: batchSize)
                isWriting = true
                group.addTask { [self] in
                    try await write(full, session)
                    return .write
                }
                if isCommitDue {
                    group.addTask { [self] in
                        try await commit()
                        return .commit
                    }
                }
            }
            if isWriting { try await Self.waitForWrite(&group) }
            if batch.readableBytes > 0 { try await write(batch, session) }
            if let failure { throw failure }
            for try await _ in group {}
        }
    }

    /// Waits until the write under way is done; a commit may take longer.
    private static func waitForWrite(_ group: inout ThrowingTaskGroup<Work, any Error>) async throws {
        while let work = try await group.next() {
            if case .write = work { return }
        }
    }

    private func write(_ batch: ByteBuffer, _ session: BlobWriteSession) async throws {
        try await session.lane.run { [journal] in
            try session.write(batch)
            try journal?.note(blob: session.index, reached: session.position)
        }
        wrote(Int64(batch.readableBytes), session)
    }
}
