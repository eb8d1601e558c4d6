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

/// A small generator with a seed, so that random tests repeat.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
