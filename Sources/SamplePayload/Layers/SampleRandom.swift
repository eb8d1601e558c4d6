/// Numbers that look random and are the same everywhere for the same seed and name.
///
/// The generator is xoshiro256++ (https://prng.di.unimi.it), its state filled by SplitMix64.
struct SampleRandom {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Starts the sequence that belongs to a name.
    ///
    /// - Parameters:
    ///   - seed: tells samples apart.
    ///   - name: tells the sequences of a sample apart.
    init(seed: UInt64, name: String) {
        // FNV-1a over the name, as the place in SplitMix64's sequence.
        var place: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { place = (place ^ UInt64(byte)) &* 0x100_0000_01b3 }
        place ^= seed &* 0x9e37_79b9_7f4a_7c15
        func word() -> UInt64 {
            place &+= 0x9e37_79b9_7f4a_7c15
            var mixed = place
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
        state = (word(), word(), word(), word())
    }

    /// Continues from a state, which is not all zero.
    init(state: (UInt64, UInt64, UInt64, UInt64)) {
        self.state = state
    }

    /// The next number.
    mutating func next() -> UInt64 {
        let sum = state.0 &+ state.3
        let result = (sum << 23 | sum >> 41) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    /// Fills a buffer, whose length is a multiple of eight bytes.
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        // A local copy stays in registers.
        var local = self
        for offset in stride(from: 0, to: buffer.count - 7, by: 8) {
            buffer.storeBytes(of: local.next().littleEndian, toByteOffset: offset, as: UInt64.self)
        }
        self = local
    }
}
