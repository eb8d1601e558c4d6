import OCIModel

/// The upload sessions of a store: who may write to which, without any I/O.
struct UploadTable<Resource> {
    /// The answer to a request for a session.
    enum Access {
        /// The caller has the session to itself until it gives it back or removes it.
        case granted(Resource)
        case refused(UploadProgress)
    }

    private struct Session {
        let repository: RepositoryPath
        let resource: Resource
        var size: Int64 = 0
        var isBusy = false
        var lastUse: UInt64
    }

    private let limit: Int
    private var sessions: [UploadID: Session] = [:]
    private var clock: UInt64 = 0

    /// Makes a table that keeps at most `limit` sessions that nobody writes to.
    init(limit: Int = 1024) {
        self.limit = limit
    }

    /// Adds a session; returns the resource of the session that had to go because there were too many.
    mutating func begin(_ upload: UploadID, in repository: RepositoryPath, resource: Resource) -> Resource? {
        var evicted: Resource?
        if sessions.count >= limit,
            let oldest = sessions.filter({ !$0.value.isBusy }).min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            evicted = sessions.removeValue(forKey: oldest.key)?.resource
        }
        let now = tick()
        sessions[upload] = Session(repository: repository, resource: resource, lastUse: now)
        return evicted
    }

    /// How far a session is.
    func progress(_ upload: UploadID, in repository: RepositoryPath) -> UploadProgress {
        guard let session = sessions[upload], session.repository == repository else { return .unknown }
        return .at(session.size)
    }

    /// Asks for a session, to write at `offset` (nil: at its end).
    mutating func take(_ upload: UploadID, in repository: RepositoryPath, at offset: Int64?) -> Access {
        guard let session = sessions[upload], session.repository == repository else { return .refused(.unknown) }
        guard !session.isBusy else { return .refused(.busy) }
        guard offset == nil || offset == session.size else { return .refused(.wrongOffset(session.size)) }
        let now = tick()
        sessions[upload]?.isBusy = true
        sessions[upload]?.lastUse = now
        return .granted(session.resource)
    }

    /// A session that the caller holds has grown; who asks for its progress meanwhile learns of it.
    mutating func advance(_ upload: UploadID, to size: Int64) {
        sessions[upload]?.size = size
    }

    /// Gives a session back, with the bytes it holds now.
    mutating func giveBack(_ upload: UploadID, size: Int64) {
        let now = tick()
        sessions[upload]?.isBusy = false
        sessions[upload]?.size = size
        sessions[upload]?.lastUse = now
    }

    /// Ends a session that the caller holds.
    mutating func remove(_ upload: UploadID) {
        sessions[upload] = nil
    }

    /// Ends all sessions; returns their resources.
    mutating func removeAll() -> [Resource] {
        defer { sessions = [:] }
        return sessions.values.map(\.resource)
    }

    private mutating func tick() -> UInt64 {
        clock += 1
        return clock
    }
}
