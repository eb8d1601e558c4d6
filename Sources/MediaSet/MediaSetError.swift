package import ImageStorage

/// What goes wrong with media sets.
package struct MediaSetError: ContentFailure {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidName
            case invalidVolumeSize
            case volumeTooSmall
            case invalidContent
            case folderInUse
            case conflictingFile
            case noSpace
            case fileTooLarge
            case fileSystem
            case notInSet
            case digestMismatch
            case sizeMismatch
            case endedEarly
            case incomplete
            case readOnly
            case noSet
            case ambiguousSet
            case damagedVolumes
            case damagedDocument
            case volumeMissing
            case notSigned
            case wrongSignature
            case closed
            case invalidReceipt
            case invalidInventory
            case logInUse
        }

        private let value: Value

        /// A set id, destination name or file name that is none.
        package static let invalidName = Code(value: .invalidName)
        /// A volume size that cannot be read.
        package static let invalidVolumeSize = Code(value: .invalidVolumeSize)
        /// The volume size leaves no room for content.
        package static let volumeTooSmall = Code(value: .volumeTooSmall)
        /// What is to be written contradicts itself.
        package static let invalidContent = Code(value: .invalidContent)
        /// Another process writes to the folder.
        package static let folderInUse = Code(value: .folderInUse)
        /// A file stands where a volume must go, and is not that volume.
        package static let conflictingFile = Code(value: .conflictingFile)
        /// The disk or the quota is full, or would be.
        package static let noSpace = Code(value: .noSpace)
        /// The file system takes no file of that size.
        package static let fileTooLarge = Code(value: .fileTooLarge)
        /// A system call failed.
        package static let fileSystem = Code(value: .fileSystem)
        /// The set was planned without this content.
        package static let notInSet = Code(value: .notInSet)
        /// Bytes hash to another digest.
        package static let digestMismatch = Code(value: .digestMismatch)
        /// There are more or fewer bytes than there must be.
        package static let sizeMismatch = Code(value: .sizeMismatch)
        /// A source ended its stream before the blob's end.
        package static let endedEarly = Code(value: .endedEarly)
        /// The set was to be finished while blobs lack.
        package static let incomplete = Code(value: .incomplete)
        /// No media set is in the folders.
        package static let noSet = Code(value: .noSet)
        /// Several media sets are in the folders and none was chosen.
        package static let ambiguousSet = Code(value: .ambiguousSet)
        /// Volumes are missing or wrong; `problems` lists them all.
        package static let damagedVolumes = Code(value: .damagedVolumes)
        /// A document inside a set or beside it cannot be read.
        package static let damagedDocument = Code(value: .damagedDocument)
        /// Content lies in a volume that is not there.
        package static let volumeMissing = Code(value: .volumeMissing)
        /// The set has no signature, and one was asked for.
        package static let notSigned = Code(value: .notSigned)
        /// No signature of the set was made by a key that counts.
        package static let wrongSignature = Code(value: .wrongSignature)
        /// The set was closed already.
        package static let closed = Code(value: .closed)
        /// A receipt that cannot be read, or that is of no set that was made here.
        package static let invalidReceipt = Code(value: .invalidReceipt)
        /// An inventory that cannot be read, or that is older than the one that is kept.
        package static let invalidInventory = Code(value: .invalidInventory)
        /// Another process has written to the audit log for very long.
        package static let logInUse = Code(value: .logInUse)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// What it is about: a path, digest or name.
    package let subject: String
    /// One sentence for the user.
    package let message: String
    /// Every volume at fault, with ``Code/damagedVolumes``; else empty.
    package let problems: [MediaSetProblem]
    /// The `errno` of a system call, 0 when there was none.
    package let systemCode: Int32

    /// Describes one failure.
    package init(
        _ code: Code,
        subject: some CustomStringConvertible,
        message: String,
        problems: [MediaSetProblem] = [],
        systemCode: Int32 = 0
    ) {
        self.code = code
        self.subject = subject.description
        self.message = message
        self.problems = problems
        self.systemCode = systemCode
    }

    /// What it means for a run.
    package var kind: ContentFailureKind {
        switch code {
        case .digestMismatch, .sizeMismatch, .damagedVolumes, .damagedDocument, .notSigned, .wrongSignature: .integrity
        case .noSpace: .noSpace
        case .endedEarly: .unavailable
        case .notInSet, .noSet, .volumeMissing: .notFound
        case .invalidName, .invalidVolumeSize, .volumeTooSmall, .invalidContent, .folderInUse, .conflictingFile,
            .fileTooLarge, .ambiguousSet, .invalidReceipt, .invalidInventory, .logInUse:
            .refused
        default: .other
        }
    }

    /// One sentence, and one more per volume at fault.
    package var description: String {
        ([message] + problems.map { "  \($0.message)" }).joined(separator: "\n")
    }
}
