/// Sees every request of a server, and may spoil its answer; for tests, rehearsals and statistics.
package protocol RequestHook: Sendable {
    /// Asked once for every request before it is handled.
    func intervention(for request: RegistryRequest) -> Intervention

    /// Told once about every request whose answer was sent or given up.
    func finished(_ request: RegistryRequest, _ outcome: RequestOutcome)
}

/// A request as a ``RequestHook`` sees it.
package struct RegistryRequest: Sendable {
    /// The method in capitals.
    package let method: String
    /// The path with query.
    package let path: String
    /// What it is about; nil when the path is no endpoint.
    package let route: RegistryRoute?
    /// Its `Range`, as written.
    package let range: String?
}

/// What became of a request.
package struct RequestOutcome: Sendable {
    /// The status of the answer.
    package let status: Int
    /// Bytes of the request's body that were read.
    package let receivedBytes: Int64
    /// Bytes of the answer's body that were given to the connection.
    package let sentBytes: Int64
    /// Whether the answer was sent to its end.
    package let isComplete: Bool
}

/// What to do to a request.
package enum Intervention: Hashable, Sendable {
    /// Handle it as usual.
    case proceed
    /// Answer with a status and header fields instead; the code stands in the error document.
    case answer(status: Int, code: String, headers: [String: String] = [:])
    /// Close the connection after that many bytes of the answer's body.
    case cutAnswer(afterBytes: Int64)
    /// Close the connection after that many bytes of the request's body were read.
    case cutRequest(afterBytes: Int64)
    /// Answer with one byte of the body changed.
    case corruptAnswer(byteAt: Int64)
}
