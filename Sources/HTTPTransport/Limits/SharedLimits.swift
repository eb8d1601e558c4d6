import Synchronization

/// What all transports of a run share: the limits of each host, and the bytes per second of all hosts together.
///
/// A host that is source and target at once is one host; what one host asks for never slows down another.
package final class SharedLimits: Sendable {
    /// Nil when bytes may come as fast as they do.
    let download: ByteThrottle?
    /// Nil when bytes may go as fast as they do.
    let upload: ByteThrottle?
    private let configuration: HTTPTransportConfiguration
    private let hosts = Mutex<[String: HostLimits]>([:])

    /// Makes limits without history.
    ///
    /// - Parameter configuration: numbers and rates; the same for all transports that share the limits.
    package init(_ configuration: HTTPTransportConfiguration) {
        self.configuration = configuration
        download = configuration.bytesPerSecond.map { ByteThrottle($0) }
        upload = configuration.bytesPerSecond.map { ByteThrottle($0) }
    }

    /// The limits of a host.
    ///
    /// - Parameter authority: its name with port.
    /// - Returns: always the same for the same host.
    func host(_ authority: String) -> HostLimits {
        hosts.withLock { hosts in
            if let host = hosts[authority] { return host }
            let host = HostLimits(configuration)
            hosts[authority] = host
            return host
        }
    }
}
