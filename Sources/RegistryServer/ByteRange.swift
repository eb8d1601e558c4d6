/// The `Range` of a request for a blob, and the `Content-Range` of an upload.
enum ByteRange {
    /// What a `Range` header asks for.
    enum Request: Equatable {
        /// The whole blob: no range, several ranges, or one that makes no sense, which HTTP says to ignore.
        case whole
        case part(Range<Int64>)
        /// The range begins behind the end.
        case unsatisfiable
    }

    /// Parses `bytes=a-b`, `bytes=a-` and `bytes=-n`; several ranges are answered with the whole, as HTTP allows.
    ///
    /// https://www.rfc-editor.org/rfc/rfc9110.html#section-14.2
    ///
    /// - Parameters:
    ///   - header: the header's value, if there is one.
    ///   - size: the size of the blob in bytes.
    /// - Returns: what to send.
    static func parse(_ header: String?, size: Int64) -> Request {
        guard let header, header.prefix("bytes=".count).lowercased() == "bytes=" else { return .whole }
        let parts = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .whole }
        if parts[0].isEmpty {
            guard let count = number(parts[1]) else { return .whole }
            return count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
        }
        guard let first = number(parts[0]) else { return .whole }
        let last = number(parts[1])
        guard parts[1].isEmpty || last.map({ $0 >= first }) == true else { return .whole }
        guard first < size else { return .unsatisfiable }
        return .part(first..<min(size, (last ?? size - 1) + 1))
    }

    /// Parses the `Content-Range` of an upload, `a-b` or `bytes a-b/…`; nil when it is neither.
    ///
    /// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
    static func parseUpload(_ header: String) -> Range<Int64>? {
        let text = header.hasPrefix("bytes ") ? header.dropFirst("bytes ".count) : header[...]
        let parts = text.prefix { $0 != "/" }.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = number(parts[0]), let last = number(parts[1]), last >= first else {
            return nil
        }
        return first..<(last + 1)
    }

    /// A number of bytes, at most 2^60, so that one more does not overflow.
    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(text).flatMap { $0 <= 1 << 60 ? $0 : nil }
    }
}
