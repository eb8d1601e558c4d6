/// Something about the files of a media set that the user should know, by volume number.
package struct MediaSetProblem: Hashable, Sendable, Codable {
    /// What it is.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// The volume is in none of the folders.
        case missing
        /// The volume is only there as a file that is still being written.
        case unfinished
        /// The file is shorter than the volume.
        case truncated
        /// The file is longer than the volume.
        case oversized
        /// The beginning or the end of the volume cannot be read or is not what it must be.
        case damaged
        /// The file has the volume's name and is a volume of another set.
        case foreign
        /// The file has the name of another volume; its content decides, so nothing needs to be done.
        case renamed
        /// The same volume is there twice; the first is read.
        case duplicate
        /// The file or folder cannot be opened.
        case unreadable
    }

    /// What it is.
    package let kind: Kind
    /// The volume's number, when it is known.
    package let volume: Int?
    /// The file, when there is one.
    package let path: String?
    /// One sentence for the user.
    package let message: String

    /// Describes one problem.
    package init(_ kind: Kind, volume: Int?, path: String?, message: String) {
        self.kind = kind
        self.volume = volume
        self.path = path
        self.message = message
    }

    /// Whether the set cannot be used because of it.
    package var isFatal: Bool { kind != .renamed && kind != .duplicate }
}
