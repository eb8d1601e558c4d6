/// The largest size that the files of a set may have.
package struct VolumeSize: Hashable, Sendable, CustomStringConvertible {
    /// The limit in bytes, headers and padding included; nil when there is none.
    package let limit: Int64?

    /// 500 GiB.
    package static let standard = VolumeSize(limit: 500 << 30)
    /// The largest file of a FAT32 file system, 2^32 - 1 bytes.
    package static let fat32 = VolumeSize(limit: 4_294_967_295)
    /// No limit: one file.
    package static let unlimited = VolumeSize(limit: nil)

    private init(limit: Int64?) {
        self.limit = limit
    }

    /// A limit in bytes.
    ///
    /// - Throws: `MediaSetError.invalidVolumeSize` when it is not 1 to 2^60.
    package init(bytes: Int64) throws(MediaSetError) {
        guard (1...(1 << 60)).contains(bytes) else {
            throw MediaSetError(
                .invalidVolumeSize,
                subject: "\(bytes)",
                message: "a volume size of \(bytes) bytes is outside of what can be written"
            )
        }
        limit = bytes
    }

    /// The `archiveSize` of an image-set configuration, in GiB.
    ///
    /// - Throws: `MediaSetError.invalidVolumeSize` when it is not 1 to 2^30.
    package init(gibibytes: Int64) throws(MediaSetError) {
        guard (1...(1 << 30)).contains(gibibytes) else {
            throw MediaSetError(
                .invalidVolumeSize,
                subject: "\(gibibytes)",
                message: "a volume size of \(gibibytes) GiB is outside of what can be written"
            )
        }
        limit = gibibytes << 30
    }

    /// Reads `4GiB`, `4095MiB`, `25GB`, a plain number of bytes, `fat32` or `none`.
    ///
    /// - Throws: `MediaSetError.invalidVolumeSize` that says what can be written.
    package init(_ text: some StringProtocol) throws(MediaSetError) {
        switch text.lowercased() {
        case "fat32": self = .fat32
        case "none": self = .unlimited
        case let value:
            let digits = value.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits), let unit = Self.units[String(value.dropFirst(digits.count))] else {
                throw Self.unreadable(text)
            }
            let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
            guard !overflow else { throw Self.unreadable(text) }
            try self.init(bytes: bytes)
        }
    }

    /// The size in the largest unit that divides it, `none` without a limit.
    package var description: String {
        guard let limit else { return "none" }
        for (name, unit) in [("TiB", Int64(1) << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where limit.isMultiple(of: unit) {
            return "\(limit / unit) \(name)"
        }
        return "\(limit) bytes"
    }

    private static let units: [String: Int64] = [
        "": 1, "b": 1,
        "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
        "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000,
    ]

    private static func unreadable(_ text: some StringProtocol) -> MediaSetError {
        MediaSetError(
            .invalidVolumeSize,
            subject: String(text.prefix(80)),
            message: "\"\(text.prefix(80))\" is not a volume size: write a number with a unit such as 4GiB, 4095MiB or "
                + "25GB, or \"fat32\" or \"none\""
        )
    }
}
