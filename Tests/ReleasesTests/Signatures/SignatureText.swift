import Foundation
import OCIModel

/// What is signed, and digests to sign.
enum SignatureText {
    static let hex = String(repeating: "5a", count: 32)
    static let digest = "sha256:\(hex)"

    /// A document as releases are signed with.
    static func document(
        digest: String = digest,
        type: String = "atomic container signature",
        reference: String = "quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64",
        optional: String? = #"{"creator":"a test","timestamp":1700000000}"#
    ) -> String {
        #"{"critical":{"type":"\#(type)","image":{"docker-manifest-digest":"\#(digest)"},"#
            + #""identity":{"docker-reference":"\#(reference)"}}\#(optional.map { #","optional":\#($0)"# } ?? "")}"#
    }

    /// The folder of real signatures, a store.
    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/signatures").path

    /// Signed by Red Hat's release key 2.
    static let redHat = "sha256:e3f12513a4b22a2d7c0e7c9207f52128113758d9d68c7d06b11a0ac7672966f7"
    /// Signed by the key of openshift-ci.
    static let openShiftCI = "sha256:edd9824f0404f1a139688017e7001370e2f3fbc088b94da84506653b473fe140"

    /// The real signature of a digest.
    static func real(_ digest: String) throws -> [UInt8] {
        let path = "\(fixtures)/\(digest.replacingOccurrences(of: ":", with: "="))/signature-1"
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
