/// What a user can do about a certificate that is not trusted, in the words of the program around; nil for what there is
/// not.
package struct TrustRemedies: Hashable, Sendable {
    /// The option that names a file with authorities: `--certificate-authority`.
    package var authorityOption: String?
    /// The variable that does so: `SSL_CERT_FILE`.
    package var authorityVariable: String?
    /// The option that switches verification off: `--src-tls-verify=false`.
    package var verificationOption: String?

    /// Knows no remedy.
    package init() {}
}
