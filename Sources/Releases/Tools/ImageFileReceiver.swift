/// Takes the content of a file while it is read out of an image; used by one thread at a time.
package protocol ImageFileReceiver: AnyObject, Sendable {
    /// Starts anew: what came before is not wanted.
    ///
    /// - Parameter size: how many bytes the archive says will follow; more or fewer may come.
    /// - Throws: when nothing can be taken.
    func begin(size: Int64) throws

    /// Takes the next bytes; blocks.
    ///
    /// - Throws: when they cannot be taken.
    func write(_ bytes: UnsafeRawBufferPointer) throws
}
