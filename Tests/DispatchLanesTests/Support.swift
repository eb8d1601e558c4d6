import Synchronization

/// A number that tasks change together.
final class Counter: Sendable {
    private let numbers = Mutex((value: 0, most: 0))

    var value: Int { numbers.withLock { $0.value } }

    /// The largest value that it has had.
    var most: Int { numbers.withLock { $0.most } }

    /// Returns the number after the addition.
    @discardableResult
    func add(_ difference: Int) -> Int {
        numbers.withLock { numbers in
            numbers.value += difference
            numbers.most = max(numbers.most, numbers.value)
            return numbers.value
        }
    }
}
