package import HTTPTransport

/// What a registry answered to a question that was asked to see the answer.
package struct ProbeAnswer: Sendable {
    /// The status; 401 also when no credentials could be got.
    package let status: Int
    /// The header fields.
    package let fields: HTTPFields
    /// The codes of the error document, in order.
    package let codes: [String]
    /// The body, at most 1 MiB.
    package let bytes: [UInt8]
    /// Why it was refused, with registry, repository and the credentials in use; nil when it was not.
    package let refusal: RegistryClientError?

    /// Whether the registry did what it was asked.
    package var isSuccess: Bool { refusal == nil }
}

/// An upload that a probe has begun.
package struct ProbeSession: Sendable {
    let url: HTTPURL
}
