/// Why cluster resources cannot be made or written.
package struct ClusterResourcesError: Error, CustomStringConvertible {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case originWithoutVersion
            case contradictoryImages
            case unsupportedHost
            case signatureTooLarge
            case imageWithoutVersion
            case emission
            case invalidFileName
            case fileSystem
        }

        private let value: Value

        /// An image's origin has neither a tag nor a digest, so no rule can serve it.
        package static let originWithoutVersion = Code(value: .originWithoutVersion)
        /// Two images claim one name with different content.
        package static let contradictoryImages = Code(value: .contradictoryImages)
        /// A registry whose name a cluster does not accept in a mirror rule.
        package static let unsupportedHost = Code(value: .unsupportedHost)
        /// The signatures of one digest do not fit into one ConfigMap.
        package static let signatureTooLarge = Code(value: .signatureTooLarge)
        /// A graph data image without tag and digest, which no cluster can pull.
        package static let imageWithoutVersion = Code(value: .imageWithoutVersion)
        /// The YAML or JSON could not be made.
        package static let emission = Code(value: .emission)
        /// A file name that leads out of the folder, or is none.
        package static let invalidFileName = Code(value: .invalidFileName)
        /// A system call failed.
        package static let fileSystem = Code(value: .fileSystem)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// What it is about: an image, a registry or a path.
    package let subject: String
    /// One sentence for the user.
    package let message: String
    /// The error below, if any.
    package let underlying: (any Error)?

    init(_ code: Code, subject: some CustomStringConvertible, message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.subject = subject.description
        self.message = message
        self.underlying = underlying
    }

    /// One sentence.
    package var description: String { message }
}
