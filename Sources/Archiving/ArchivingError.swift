/// Why an archive cannot be read or written.
package struct ArchivingError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case malformed
            case tooLarge
            case tooManyEntries
            case entryTooLarge
            case headerTooLarge
            case invalidPath
            case wrongSize
            case library
        }

        private let value: Value

        /// The bytes are no tar archive, or a damaged or truncated one, or their compression is damaged.
        package static let malformed = Code(value: .malformed)
        /// More bytes come out of the decompression than are allowed.
        package static let tooLarge = Code(value: .tooLarge)
        /// The archive has more entries than are allowed.
        package static let tooManyEntries = Code(value: .tooManyEntries)
        /// An entry that was to be read whole is larger than the reader allows.
        package static let entryTooLarge = Code(value: .entryTooLarge)
        /// The headers of one entry are larger than is allowed.
        package static let headerTooLarge = Code(value: .headerTooLarge)
        /// A path that was to be written is not fit for a portable archive.
        package static let invalidPath = Code(value: .invalidPath)
        /// An entry was written with more or fewer bytes than announced.
        package static let wrongSize = Code(value: .wrongSize)
        /// libarchive failed for a reason of its own: no memory, or a build without zlib or libzstd.
        package static let library = Code(value: .library)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// The path of the entry it is about, nil when it is about the archive as a whole; at most 200 characters.
    package let entry: String?
    /// What is wrong, one clause without a full stop.
    package let reason: String

    /// Describes one failure; `entry` and `reason` are shortened to 200 characters.
    package init(_ code: Code, entry: String? = nil, reason: String) {
        self.code = code
        self.entry = entry.map { String($0.prefix(200)) }
        self.reason = String(reason.prefix(200))
    }

    /// One sentence.
    package var description: String { entry.map { "archive entry \"\($0)\": \(reason)" } ?? "the archive \(reason)" }
}
