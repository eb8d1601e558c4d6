/// Why a `registries.conf` cannot be used.
package struct RegistriesConfError: Error, Hashable, Sendable, CustomStringConvertible {
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

    /// Describes one failure.
    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
