import Glibc

/// Whether a set fits into a folder, found out before the first byte is written.
package struct FreeSpace {
    /// The bytes that may be written to the folder's file system.
    package let available: Int64
    /// The largest file of that file system, where it is known.
    let largestFile: Int64?

    /// Asks the file system of a folder.
    ///
    /// - Throws: `MediaSetError.fileSystem`.
    package init(of folder: String) throws(MediaSetError) {
        var volume = statvfs()
        guard statvfs(folder, &volume) == 0 else { throw .system("ask for the free space of", folder, errno) }
        let (bytes, overflow) = Int64(clamping: volume.f_bavail).multipliedReportingOverflow(
            by: Int64(clamping: volume.f_frsize)
        )
        available = overflow ? .max : bytes
        largestFile = try Self.isFAT(folder) ? 4_294_967_295 : nil
    }

    /// Whether the mount table says that the folder lies on FAT, whose files end below 4 GiB.
    private static func isFAT(_ folder: String) throws(MediaSetError) -> Bool {
        var status = stat()
        guard stat(folder, &status) == 0 else { throw .system("look at", folder, errno) }
        let device = UInt64(status.st_dev)
        let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
        let minor = device & 0xff | (device >> 12) & ~0xff
        // The table has no size until it is read, and is short; a host without it is no reason to stop.
        guard let table = try? MediaFile("/proc/self/mountinfo", .read).read(1 << 20, at: 0) else { return false }
        for line in String(decoding: table, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 2, words[2] == "\(major):\(minor)", let dash = words.firstIndex(of: "-"),
                dash + 1 < words.count
            else { continue }
            return words[dash + 1] == "vfat" || words[dash + 1] == "msdos"
        }
        return false
    }

    /// Checks that files of these sizes can be made.
    ///
    /// - Parameters:
    ///   - need: the bytes that are still to be written.
    ///   - largest: the size of the largest file.
    ///   - folder: where, for the message.
    /// - Throws: `MediaSetError.noSpace` with need, have and path; `.fileTooLarge`.
    func check(need: Int64, largest: Int64, folder: String) throws(MediaSetError) {
        if let largestFile, largest > largestFile {
            throw MediaSetError(
                .fileTooLarge,
                subject: folder,
                message:
                    "\(folder) is on a FAT file system, which takes no file over \(largestFile) bytes, and the set "
                    + "has one of \(largest); use --volume-size fat32"
            )
        }
        guard need <= available else {
            throw MediaSetError(
                .noSpace,
                subject: folder,
                message:
                    "not enough room in \(folder): \(Self.text(need)) are needed and \(Self.text(available)) are free; make "
                    + "room there, or name another folder"
            )
        }
    }

    private static func text(_ bytes: Int64) -> String {
        let tenths = bytes / 100_000_000
        return "\(bytes) bytes (\(tenths / 10).\(tenths % 10) GB)"
    }
}
