import OCIModel
package import OpenSSLCrypto

/// What stands for a registry and a path in it in the name of a file.
package enum TargetFileName {
    /// The most characters of the target that are kept.
    private static let maximumLength = 40

    /// A part of a file name that every file system takes, such as `mirror.lab_5000_ocp_0a1b2c3d`.
    ///
    /// The end is the beginning of the SHA-256 of the target, so that no two targets share a name, also where case does not
    /// count.
    ///
    /// - Parameter target: the registry and the path, as `docker://` takes them.
    /// - Returns: letters, digits, `.`, `_` and `-`; at most 49 characters.
    /// - Throws: `OpenSSLError`.
    package static func part(for target: String) throws(OpenSSLError) -> String {
        var plain = ""
        for character in target.prefix(maximumLength) {
            let isPlain =
                character.isASCII && (character.isLetter || character.isNumber || character == "." || character == "-")
            if isPlain {
                plain.append(character)
            } else if plain.last != "_" {
                plain.append("_")
            }
        }
        return "\(plain)_\(try ContentHasher.digest(of: target.utf8).hex.prefix(8))"
    }
}
