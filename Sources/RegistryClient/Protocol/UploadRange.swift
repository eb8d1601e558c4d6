/// How many bytes a registry has of an upload, by the `Range` of its answer.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
enum UploadRange {
    /// Reads `0-last`, as some write it with `bytes=` before it.
    ///
    /// - Parameter text: the field's value.
    /// - Returns: the number of bytes; 0 for `0-0`, which says one byte or none. Nil for anything else.
    static func size(_ text: String) -> Int64? {
        let bounds = text.trimmingPrefix("bytes=").split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds[0] == "0", let last = Int64(bounds[1]), last >= 0, last < .max else {
            return nil
        }
        return last == 0 ? 0 : last + 1
    }
}
