import NIOSSL

/// The TLS configurations of a transport: one that verifies and one that does not.
struct TrustSettings: Sendable {
    let verified: TLSConfiguration
    let unverified: TLSConfiguration

    /// Reads the certificate files.
    ///
    /// - Throws: `HTTPTransportError.invalidTrustFile` that names the file.
    init(_ configuration: HTTPTransportConfiguration) throws {
        var verified = TLSConfiguration.makeClientConfiguration()
        if let file = configuration.systemTrustFile {
            verified.trustRoots = .certificates(try Self.certificates(in: file))
        }
        let additional = try configuration.certificateAuthorityFiles.flatMap { try Self.certificates(in: $0) }
        if !additional.isEmpty { verified.additionalTrustRoots = [.certificates(additional)] }
        // HTTP/2 would share one connection's window among all blobs; HTTP/1.1 connections do not wait for each other.
        verified.applicationProtocols = ["http/1.1"]
        var unverified = verified
        unverified.certificateVerification = .none
        self.verified = verified
        self.unverified = unverified
    }

    private static func certificates(in file: String) throws -> [NIOSSLCertificate] {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMFile(file)
        } catch {
            throw HTTPTransportError(
                .invalidTrustFile,
                request: "file \(file)",
                host: "",
                reason: "cannot be read as PEM certificates; name a readable file that holds at least one",
                underlying: error
            )
        }
        return certificates
    }
}
