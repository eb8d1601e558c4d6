/// What is known of a kind of registry and matters to a mirror.
package struct RegistryTraits: Hashable, Sendable {
    /// What must be made by hand before the first push; Ferry makes nothing by itself, so that it needs no such rights.
    package enum Creation: Hashable, Sendable {
        /// Repositories come into being by a push.
        case byPush
        /// The first component of the path must exist; what it is called, as in "project".
        case first(String)
        /// Every repository must exist.
        case everyRepository
    }

    /// What a sentence is about.
    package enum Topic: String, Hashable, Sendable, Codable {
        case paths
        case creation
        case credentials
        case mounts
        case bodies
        case mediaTypes
        case lists
        case referrers
        case tags
        case deletion
        case limits
    }

    /// A sentence about what will happen.
    package struct Expectation: Hashable, Sendable {
        /// What it is about.
        package let topic: Topic
        /// The sentence.
        package let text: String
    }

    /// The kind.
    package let kind: RegistryKind
    /// What must exist before a push.
    package let creation: Creation
    /// What will happen, in the order in which it is told.
    package let expectations: [Expectation]

    init(
        _ kind: RegistryKind,
        _ creation: Creation,
        _ expectations: [(Topic, String)]
    ) {
        self.kind = kind
        self.creation = creation
        self.expectations = expectations.map { Expectation(topic: $0.0, text: $0.1) }
    }
}
