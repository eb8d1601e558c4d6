/// The loop around a library that unpacks a stream piece by piece.
enum StreamUnpacking {
    /// What one call of the library has done.
    struct Step {
        /// What the library says of the stream.
        enum State {
            case goesOn
            case isOver
            case isDamaged
        }

        /// How many packed bytes it has taken.
        let taken: Int
        /// How many unpacked bytes it has given.
        let given: Int
        let state: State
    }

    /// Unpacks all of a stream, which must end where the bytes end.
    ///
    /// - Parameters:
    ///   - bytes: the packed bytes.
    ///   - limit: how large the result may be.
    ///   - step: one call of the library: gets the packed bytes that are left, and room for unpacked ones; takes and gives
    ///     as much as it can.
    /// - Returns: the unpacked bytes.
    /// - Throws: `.malformed`, `.truncated`, `.tooLarge`; `.trailingGarbage` when bytes follow the stream.
    static func run(
        _ bytes: ArraySlice<UInt8>,
        limit: Int,
        step: (UnsafeMutableBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) -> Step
    ) throws(OpenPGPError) -> [UInt8] {
        var input = Array(bytes)
        var output: [UInt8] = []
        var window = [UInt8](repeating: 0, count: 32 << 10)
        var unread = input.count
        var state = Step.State.goesOn
        while state == .goesOn {
            let done = input.withUnsafeMutableBufferPointer { source in
                window.withUnsafeMutableBufferPointer { target in
                    step(UnsafeMutableBufferPointer(rebasing: source[(source.count - unread)...]), target)
                }
            }
            state = done.state
            unread -= done.taken
            guard output.count + done.given <= limit else {
                throw OpenPGPError(.tooLarge, "the message is larger than \(limit) bytes when it is unpacked")
            }
            output += window.prefix(done.given)
            // It asks for more that is not there.
            if state == .goesOn, unread == 0, done.given < window.count {
                throw OpenPGPError(.truncated, "the compressed data are cut off")
            }
        }
        guard state == .isOver else { throw OpenPGPError(.malformed, "the compressed data are damaged") }
        guard unread == 0 else { throw OpenPGPError(.trailingGarbage, "bytes follow the compressed data") }
        return output
    }
}
