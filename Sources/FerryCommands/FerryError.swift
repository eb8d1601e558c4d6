/// A mistake in what the user asked for, or a failure that ends a command.
struct FerryError: Error, CustomStringConvertible {
    /// One sentence: what, why, and what to do.
    let message: String
    /// The exit code, 1 unless a kind of image or bytes are at fault.
    let exitCode: Int32

    /// Describes one failure.
    init(_ message: String, exitCode: Int32 = 1) {
        self.message = message
        self.exitCode = exitCode
    }

    var description: String { message }
}
