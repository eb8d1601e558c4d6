/// A platform that client programs run on.
package struct ClientPlatform: Hashable, Sendable, CustomStringConvertible {
    /// An operating system.
    package enum OperatingSystem: String, Sendable {
        /// Linux.
        case linux
        /// macOS.
        case mac
        /// Windows.
        case windows
    }

    /// The operating system.
    package let os: OperatingSystem
    /// The processor architecture in Go's spelling.
    package let architecture: String

    /// Joins the two.
    package init(os: OperatingSystem, architecture: String) {
        self.os = os
        self.architecture = architecture
    }

    /// Parses `os[/architecture]`; `darwin` counts as `mac`.
    ///
    /// - Parameters:
    ///   - text: the text; nil comes back when it is no such platform.
    ///   - architecture: that of Linux when the text names none; for others it is amd64, as `oc` has it.
    package init?(_ text: String, linuxArchitecture architecture: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        let name = parts[0] == "darwin" ? "mac" : String(parts[0])
        guard let os = OperatingSystem(rawValue: name) else { return nil }
        self.os = os
        self.architecture = parts.count == 2 ? String(parts[1]) : os == .linux ? architecture : "amd64"
    }

    /// `os/architecture`.
    package var description: String { "\(os.rawValue)/\(architecture)" }
}
