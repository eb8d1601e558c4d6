import ArgumentParser
import Releases

/// What is asked of the signatures of releases.
struct ReleaseTrustOptions: ParsableArguments {
    @OptionGroup
    var signatures: SignatureOptions

    @Flag(help: "Refuse every release without a right signature, also one that the configuration names itself.")
    var requireSignatures = false

    @Flag(help: "Do not look for the signatures of releases, nor check them.")
    var ignoreReleaseSignature = false

    func validate() throws {
        if requireSignatures, ignoreReleaseSignature {
            throw ValidationError("--require-signatures and --ignore-release-signature exclude each other")
        }
    }

    /// What becomes of releases whose signature is missing or wrong.
    var policy: ReleaseSignaturePolicy {
        if ignoreReleaseSignature { return .ignored }
        return requireSignatures ? .required : .pinnedMayLack
    }
}
