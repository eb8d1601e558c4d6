/// Sees every request of a server, and may spoil its answer; for tests, rehearsals and statistics.
package protocol RequestHook: Sendable {
    /// Asked once for every request before it is handled.
    func intervention(for request: RegistryRequest) async -> Intervention

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
    /// The header fields by name in lower case; of several of one name the first.
    package let fields: [String: String]
    /// The body of a POST to a path that is no endpoint, at most 64 KiB; nil for all other requests.
    package let form: String?

    /// Its `Range`, as written.
    package var range: String? { fields["range"] }

    /// Its `Content-Length`; nil when there is none.
    package var contentLength: Int64? { fields["content-length"].flatMap { Int64($0) } }
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
