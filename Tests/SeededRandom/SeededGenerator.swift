import Foundation

/// Random numbers that are the same for the same seed (splitmix64, https://prng.di.unimi.it/splitmix64.c).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins a sequence.
    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Bytes that do not repeat.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }
}

/// The seeds of tests that damage their input.
///
/// They are fixed, so that a failure can be had again; `FERRY_FUZZ_SEED=N` moves them, which is how `scripts/fuzz`
/// looks at other input in each round.
package enum FuzzSeed {
    /// What is added to each seed; 0 unless the environment says otherwise.
    package static let offset =
        ProcessInfo.processInfo.environment["FERRY_FUZZ_SEED"].flatMap { UInt64($0) }.map { $0 &* 1_000_003 } ?? 0

    /// A generator for one run of a fuzz test.
    package static func generator(_ seed: UInt64) -> SeededGenerator { SeededGenerator(seed: seed &+ offset) }
}
