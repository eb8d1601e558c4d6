import Logging
import MediaSet
import OCIModel

extension MirrorRun {
    /// The sets that earlier runs to the same folder and destination began and could not finish as they were.
    ///
    /// - Throws: `MediaSetError`.
    func attempts(in folder: String) async throws -> SetAttempts {
        let destination = command.destinationName
        return try await LocalFiles.run { try SetAttempts(folder: folder, destination: destination) }
    }

    /// Notes the sets that are begun in place of one another.
    ///
    /// - Throws: `MediaSetError`.
    func note(_ sets: [SetIdentifier], in attempts: inout SetAttempts) async throws {
        let known = attempts
        attempts = try await LocalFiles.run {
            var noted = known
            try noted.note(sets)
            return noted
        }
    }

    /// Removes what is left of the sets that were begun in place of the one that is finished now.
    ///
    /// The set is complete, so a file that cannot be removed fails nothing; the next run tries again.
    ///
    /// - Parameters:
    ///   - attempts: the sets.
    ///   - sequence: the number of the set that is finished.
    ///   - left: the bytes that were fetched for images that failed, and go with them.
    func clean(_ attempts: SetAttempts, after sequence: Int, leaving left: Int64) async {
        do {
            let removed = try await LocalFiles.run {
                var known = attempts
                return try known.clean(after: sequence)
            }
            guard !removed.isEmpty else { return }
            session.logger.debug(
                "removed the unfinished volumes that the set was made in place of",
                metadata: ["volumes": .array(removed.map { "\($0.partialName)" })]
            )
            guard left > 0 else { return }
            session.logger.notice(
                """
                \(ByteSize.text(left)) of what failed had been fetched; the set without it has no place for them, so they \
                are fetched again once it is mended
                """
            )
        } catch {
            session.logger.warning("unfinished volumes that nobody needs any more are still there: \(error)")
        }
    }

    /// Says which unfinished volumes of other sets lie in the folder, but for those that this run will remove.
    func tellStrangers(of writer: MediaSetWriter, but attempts: SetAttempts) {
        for stranger in writer.strangers where !attempts.sets.contains(stranger.set) {
            session.logger.warning(
                """
                an unfinished volume of another set is left alone, remove it when nobody wants that set: \
                \(writer.folder)/\(stranger.partialName)
                """
            )
        }
    }
}

extension MediaSetWriter {
    /// How many bytes this writer has of blobs that another set has no place for.
    func bytesWithoutPlace(in other: SetLayout) -> Int64 {
        layout.blobs.filter { other.index(of: $0.digest) == nil }.reduce(0) { sum, blob in
            let (next, overflow) = sum.addingReportingOverflow(reached(blob.digest))
            return overflow ? .max : next
        }
    }
}
