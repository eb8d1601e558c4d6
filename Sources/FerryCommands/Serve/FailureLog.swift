import Logging
import Synchronization

/// Tells the operator of failures of the content that is served, each once a minute however often clients run into it.
final class FailureLog: Sendable {
    private static let silence = Duration.seconds(60)
    /// More different failures than this are not told apart in time.
    private static let capacity = 1000

    private let logger: Logger
    private let clock = ContinuousClock()
    private let told = Mutex<[String: ContinuousClock.Instant]>([:])

    /// Tells a logger.
    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Takes a failure, one sentence.
    func report(_ failure: String) {
        let now = clock.now
        let isNews = told.withLock { told in
            if let last = told[failure], now - last < Self.silence { return false }
            if told.count >= Self.capacity { told = [:] }
            told[failure] = now
            return true
        }
        logger.log(level: isNews ? .error : .debug, "\(failure)")
    }
}
