/// Memory that bytes are read into.
///
/// An object of its own, so that it is given back even when the initialiser of its user throws.
final class ReadBuffer {
    /// The memory.
    let bytes: UnsafeMutableRawBufferPointer

    /// Takes memory for a number of bytes.
    init(count: Int) {
        bytes = .allocate(byteCount: count, alignment: 64)
    }

    deinit {
        bytes.deallocate()
    }
}
