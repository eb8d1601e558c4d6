/// Where a PEM block lies in a text (RFC 7468, https://www.rfc-editor.org/rfc/rfc7468).
///
/// Only the lines with the labels are copied: what lies between them may be secret.
struct PEMBlock {
    /// What stands behind `BEGIN`, such as `PRIVATE KEY`.
    let label: String
    /// The block's bytes, from the first dash to the end of its last line.
    let range: Range<Int>

    /// Finds the blocks that are complete, in order.
    static func blocks(in memory: UnsafeRawBufferPointer) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var open: (label: String, start: Int)?
        var start = 0
        while start < memory.count {
            let end = memory[start...].firstIndex(of: UInt8(ascii: "\n")) ?? memory.count
            let line = memory[start..<end]
            if let label = label(of: line, after: "-----BEGIN ") {
                open = (label, start)
            } else if let begun = open, label(of: line, after: "-----END ") == begun.label {
                blocks.append(PEMBlock(label: begun.label, range: begun.start..<end))
                open = nil
            }
            start = end + 1
        }
        return blocks
    }

    /// The label in a line that opens or closes a block.
    private static func label(of line: Slice<UnsafeRawBufferPointer>, after mark: String) -> String? {
        guard line.count <= 100, line.starts(with: mark.utf8) else { return nil }
        var text = String(decoding: line.dropFirst(mark.utf8.count), as: UTF8.self)
        while text.last?.isWhitespace == true { text.removeLast() }
        guard text.hasSuffix("-----") else { return nil }
        return String(text.dropLast(5))
    }
}
