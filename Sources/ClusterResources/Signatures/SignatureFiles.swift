/// The files with the signatures of releases.
package struct SignatureFiles: Hashable, Sendable {
    /// All signatures, once as YAML and once as JSON; empty when there are none.
    package let collection: [ResourceFile]
    /// One ConfigMap per signed digest, each in a file of its own; the ones to apply, as no run takes away what another
    /// one has applied.
    package let perDigest: [ResourceFile]

    /// What the names of files for one digest begin with.
    static let perDigestPrefix = "signature-"

    /// All files.
    package var all: [ResourceFile] { collection + perDigest }
}
