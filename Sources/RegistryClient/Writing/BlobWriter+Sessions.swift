import HTTPTransport
import ImageStorage
import OCIModel

extension BlobWriter {
    /// After how many tries in a row without any gain a session is given up for a new one.
    private static var maximumStalls: Int { 3 }

    /// The session to send to, with the place to go on from.
    ///
    /// - Throws: `HTTPTransportError` for faults; `RegistryClientError`; `CancellationError`.
    func readySession(_ course: UploadCourse) async throws -> UploadSession {
        if let session = course.session {
            guard session.isInDoubt else { return session }
            if let found = try await confirmed(session, course) {
                goOn(with: found, course)
                await log.move(to: found.url)
                return found
            }
        }
        if let cut = course.cut.take() { await client.learn { course.chunking.lost(cut, &$0) } }
        return try await newSession(course)
    }

    private func goOn(with found: UploadSession, _ course: UploadCourse) {
        course.note(found.offset)
        course.cut = nil
        let checkpoint = course.checkpoints.last { $0.offset <= found.offset }
        if let checkpoint, checkpoint.offset > course.check.hashedBytes {
            // One that cannot be used costs reading from the beginning.
            course.check = (try? log.check(from: checkpoint)) ?? course.check
        }
        course.session = found
    }

    /// This blob alone begins anew, and with it its hash: what goes over the wire is what is proven.
    private func newSession(_ course: UploadCourse) async throws -> UploadSession {
        let item = RegistryKnowledge.Item(repository: repository, digest: blob.digest)
        let url: HTTPURL
        if let kept = client.knowledge.takeSession(for: item) {
            url = kept
        } else {
            let opened = try await openSession()
            url = opened.url
            course.chunking.opened(minimum: opened.minimum)
        }
        let session = UploadSession(url: url, offset: 0)
        course.session = session
        course.check = try log.check()
        course.checkpoints = []
        course.trustsJournal = false
        course.isDoubtful = false
        course.trust.opened()
        await log.begin(at: url)
        return session
    }

    /// A session that refused a part because it stands elsewhere than it says, or than was counted.
    private func goingOnElsewhere(_ found: UploadSession, _ course: UploadCourse) -> UploadSession? {
        guard let place = course.trust.place(afterRefusal: found.offset) else { return nil }
        var session = found
        session.offset = place
        course.isDoubtful = true
        return session
    }

    /// How a session stands that was broken off; nil when it cannot be gone on with.
    private func confirmed(_ session: UploadSession, _ course: UploadCourse) async throws -> UploadSession? {
        let state: UploadSession.State
        do {
            state = try await self.state(of: session)
        } catch is HTTPTransportError where course.trustsJournal && session.url.origin != origin {
            return nil  // some storage behind the registry, which may be gone for good
        }
        // What was hashed is what may have been sent; what an earlier run sent nobody knows.
        let limit = course.trustsJournal ? blob.size : course.check.hashedBytes
        guard case .at(var found) = state, found.offset > 0, found.offset <= limit else { return nil }
        if found.offset <= session.offset {
            // Perhaps a connection that only the registry believes in still holds the session.
            found.stalls = session.stalls + 1
            guard found.stalls < Self.maximumStalls else { return nil }
            if session.wasRefused { return goingOnElsewhere(found, course) }
        }
        course.trust.follow(word: found.offset)
        return found
    }
}
