/// One `[[registry]]` table.
package struct RegistryRule: Hashable, Sendable {
    /// For which requests a mirror is asked, `pull-from-mirror`.
    package enum MirrorUse: String, Hashable, Sendable, CaseIterable {
        case all
        case digestOnly = "digest-only"
        case tagOnly = "tag-only"
    }

    /// One `[[registry.mirror]]` table.
    package struct Mirror: Hashable, Sendable {
        /// What takes the place of the prefix.
        package let location: RegistryPlace
        /// Whether its certificate goes unverified and plain HTTP is spoken.
        package let isInsecure: Bool
        /// For what it is asked.
        package let use: MirrorUse
    }

    /// Which images it is about.
    package let prefix: RegistryPrefix
    /// What takes the place of the prefix; nil for wildcards, whose names are kept.
    package let location: RegistryPlace?
    /// Whether the registry's certificate goes unverified and plain HTTP is spoken.
    package let isInsecure: Bool
    /// Whether the registry itself must not be asked; its mirrors may be.
    package let isBlocked: Bool
    /// In the order in which they are asked.
    package let mirrors: [Mirror]
    /// The file that it is from, with the line when that is known.
    package let origin: String

    /// The part of the text that decides which of several rules is taken.
    var prefixLength: Int { "\(prefix)".utf8.count }
}
