/// Where and how something failed, for programs; people read the same in the failure's sentence.
package struct FailureDetails: Hashable, Sendable {
    /// The registry as references name it, or the host that failed; nil when none was asked.
    package var registry: String?
    /// The address that was asked, without query and credentials; nil when none was.
    package var endpoint: String?
    /// The status of the answer; nil when there was none.
    package var status: Int?
    /// How many tries were made, at least 1.
    package var attempts: Int
    /// What to do about it, a sentence without its end; nil when the failure knows none.
    package var nextStep: String?
    /// What the host failed by, the same text for all that fails alike there; nil for a failure that stands alone.
    package var cause: String?

    /// Joins the parts.
    package init(
        registry: String? = nil,
        endpoint: String? = nil,
        status: Int? = nil,
        attempts: Int = 1,
        nextStep: String? = nil,
        cause: String? = nil
    ) {
        self.registry = registry
        self.endpoint = endpoint
        self.status = status
        self.attempts = max(1, attempts)
        self.nextStep = nextStep
        self.cause = cause
    }

    /// The details of any error; empty for errors that are no ``ContentFailure``.
    package init(of error: any Error) {
        self = (error as? any ContentFailure)?.details ?? FailureDetails()
    }
}

extension ContentFailure {
    /// Nothing beyond the sentence.
    package var details: FailureDetails { FailureDetails() }
}
