/// Certificates or a key in PEM, with the name that messages give them; the text is shown nowhere.
package struct PEMText: Sendable, CustomStringConvertible {
    /// Where the text comes from: a file, or a member of one.
    package let name: String
    let bytes: [UInt8]

    /// Joins the two.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// The name.
    package var description: String { name }
}

/// A client's certificate, followed by those that lead to its authority, and its key.
package struct ClientIdentity: Sendable {
    let certificate: PEMText
    let key: PEMText

    /// Joins the two; whether they can be used is found when a transport is made.
    package init(certificate: PEMText, key: PEMText) {
        self.certificate = certificate
        self.key = key
    }
}
