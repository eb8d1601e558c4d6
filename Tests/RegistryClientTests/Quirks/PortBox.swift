import Synchronization

/// A port that is known later than the rules that need it.
final class PortBox: Sendable {
    private let value = Mutex(0)

    var port: Int { value.withLock { $0 } }

    func set(_ port: Int) { value.withLock { $0 = port } }
}
