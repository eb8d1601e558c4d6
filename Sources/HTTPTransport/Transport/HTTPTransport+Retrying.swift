extension HTTPTransport {
    /// The statuses after which the same request may succeed later.
    package static let retryableStatuses: Set<Int> = [408, 425, 429, 500, 502, 503, 504]

    /// A budget with all tries of the configured policy.
    package func retryBudget() -> RetryBudget { RetryBudget(configuration.retryPolicy) }

    /// The fault that an answer's status means; nil for statuses that are answers.
    package func fault(of answer: some HTTPAnswerHead, to method: HTTPRequest.Method) -> HTTPTransportError? {
        Self.retryableStatuses.contains(answer.status) ? statusFault(answer, to: method) : nil
    }

    /// The fault of an answer after which the whole operation is worth another try, whatever its status.
    package func statusFault(_ answer: some HTTPAnswerHead, to method: HTTPRequest.Method) -> HTTPTransportError {
        HTTPTransportError(
            .status,
            request: "\(method.rawValue) \(answer.url)",
            host: answer.url.origin.authority,
            status: answer.status,
            retryAfter: answer.fields["retry-after"].flatMap {
                RetryAfter.delay($0, unixSeconds: time.unixSeconds())
            },
            reason: "was answered with status \(answer.status)"
        )
    }

    /// The fault of a body that ended too early or went on from the wrong place, which is worth another try.
    package func bodyFault(_ answer: some HTTPAnswerHead, _ reason: String) -> HTTPTransportError {
        HTTPTransportError(.connectionClosed, .get, answer.url, reason: "failed: \(reason)")
    }

    /// The fault of an operation of several requests that cannot go on and is worth another try as a whole.
    package func interruption(_ method: HTTPRequest.Method, _ url: HTTPURL, _ reason: String) -> HTTPTransportError {
        HTTPTransportError(.connectionClosed, method, url, reason: "failed: \(reason)")
    }

    /// Waits before the next try.
    ///
    /// A pause that the host asked for, and one after failures without a good answer between them, is kept by all
    /// requests to it; after a single failure only the failed request waits. A host that has never answered is given up after
    /// ``HTTPTransportConfiguration/firstContactTime``, whatever the budget has left.
    ///
    /// - Throws: `fault` with the number of tries when it is not worth another one or none is left;
    ///   `CancellationError`.
    package func backOff(_ budget: inout RetryBudget, after fault: HTTPTransportError) async throws {
        let host = host(fault.host)
        var last = fault
        last.attempts = max(fault.attempts, budget.failures + 1)
        // A fault of several tries has used up a budget further in (a login inside a request): tries never multiply.
        guard fault.isRetryable, fault.attempts == 1,
            var delay = budget.nextDelay(retryAfter: fault.retryAfter, random: time.random()),
            host.mayTry(at: time.now() + delay, within: configuration.firstContactTime)
        else { throw last }
        let verdict = host.limits.failed(fault)
        if verdict == .lone, budget.failures == 1 { delay /= 4 }
        host.countRetry()
        report(.retrying(fault, failures: budget.failures, after: delay))
        let end = time.now() + delay
        if verdict == .host { host.limits.hold(until: end) }
        while case let wait = end - time.now(), wait > .zero { try await time.sleep(wait) }
    }
}
