import HTTPTransport

/// An upload session of a registry, as far as it is known.
struct UploadSession: Sendable {
    /// The last address that the registry gave, with its query.
    var url: HTTPURL
    /// How many bytes the registry has; the next part begins there.
    var offset: Int64
    /// Whether the registry is to be asked for its state before anything is sent: a request broke off.
    var isInDoubt = false
    /// Whether the registry did not take a part at `offset`.
    var wasRefused = false
    /// How often in a row it was broken off without having got further.
    var stalls = 0
    /// Whether it is used a second time, so that a digest the registry refuses may be the session's fault.
    var isContinued = false
    /// Whether the last request was a part that the registry took, so that the session must be there.
    var wasStored = false

    /// What a registry says about a session.
    enum State: Sendable {
        case at(UploadSession)
        /// There is no such session.
        case gone
        /// The registry does not tell how far sessions are.
        case unsaid
    }
}
