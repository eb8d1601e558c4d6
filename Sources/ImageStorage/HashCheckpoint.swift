/// A place inside a blob from which its hash goes on, in this process or a later one.
package struct HashCheckpoint: Hashable, Sendable {
    /// How many bytes from the blob's beginning were hashed.
    package let offset: Int64
    /// The state of the hash after them (`ContentHasher.state`).
    package let state: [UInt8]

    /// Joins the parts.
    package init(offset: Int64, state: [UInt8]) {
        self.offset = offset
        self.state = state
    }
}

/// Takes note of the checkpoints that a ``DigestCheck`` passes.
package struct CheckpointRecorder: Sendable {
    /// After how many bytes there is another checkpoint.
    let interval: Int64
    /// Told of a checkpoint before the bytes behind it are given on; must be quick.
    let record: @Sendable (HashCheckpoint) async -> Void

    /// Joins the parts.
    package init(every interval: Int64, _ record: @escaping @Sendable (HashCheckpoint) async -> Void) {
        self.interval = interval
        self.record = record
    }
}
