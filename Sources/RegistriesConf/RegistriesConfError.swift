package import ImageStorage

/// Why a `registries.conf` cannot be used, or why what it says leads to no image.
package struct RegistriesConfError: ContentFailure, Hashable {
    /// The kind of failure; new codes may be added.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String

        /// Names a code; each part of the module declares its own in an extension.
        init(_ name: String) { self.name = name }

        /// The code's stable name.
        package var description: String { name }
    }

    /// The kind of failure.
    package let code: Code
    /// One sentence: what, where, why and what to do.
    package let message: String
    /// What it means for a run.
    package let kind: ContentFailureKind

    /// Describes one failure.
    init(_ code: Code, _ message: String, kind: ContentFailureKind = .other) {
        self.code = code
        self.message = message
        self.kind = kind
    }

    package var description: String { message }
}
