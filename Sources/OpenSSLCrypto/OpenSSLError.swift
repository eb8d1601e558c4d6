internal import COpenSSL

/// A failure inside libcrypto: no memory, or an algorithm that the host's crypto policy forbids.
package struct OpenSSLError: Error, CustomStringConvertible {
    /// The libcrypto function that failed.
    package let operation: String
    /// libcrypto's own error code, 0 when it gave none.
    package let code: UInt

    /// Takes the oldest error of this thread's queue.
    init(_ operation: String) {
        self.operation = operation
        self.code = UInt(ERR_get_error())
        // What else is in this thread's queue must not be taken for the cause of a later failure.
        ERR_clear_error()
    }

    /// One sentence.
    package var description: String { "libcrypto failed in \(operation) (error \(code))" }
}
