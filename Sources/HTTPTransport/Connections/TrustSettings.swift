import NIOSSL

/// The TLS configurations of a transport: one that verifies and one that does not.
struct TrustSettings: Sendable {
    let verified: TLSConfiguration
    let unverified: TLSConfiguration

    /// Reads the certificates.
    ///
    /// - Throws: `HTTPTransportError.invalidTrustFile` or `.invalidIdentity` that names the file.
    init(_ configuration: HTTPTransportConfiguration) throws {
        var verified = TLSConfiguration.makeClientConfiguration()
        if let authorities = configuration.exclusiveAuthorities {
            verified.trustRoots = .certificates(
                try Self.certificates(authorities, .invalidTrustFile) {
                    try NIOSSLCertificate.fromPEMBytes(authorities.bytes)
                }
            )
        } else {
            if let file = configuration.systemTrustFile {
                verified.trustRoots = .certificates(try Self.certificates(in: file))
            }
            let additional = try configuration.certificateAuthorityFiles.flatMap { try Self.certificates(in: $0) }
            if !additional.isEmpty { verified.additionalTrustRoots = [.certificates(additional)] }
        }
        if let identity = configuration.clientIdentity { try Self.set(identity, in: &verified) }
        // HTTP/2 would share one connection's window among all blobs; HTTP/1.1 connections do not wait for each other.
        verified.applicationProtocols = ["http/1.1"]
        var unverified = verified
        unverified.certificateVerification = .none
        self.verified = verified
        self.unverified = unverified
    }

    private static func set(_ identity: ClientIdentity, in configuration: inout TLSConfiguration) throws {
        let chain = try certificates(identity.certificate, .invalidIdentity) {
            try NIOSSLCertificate.fromPEMBytes(identity.certificate.bytes)
        }
        configuration.certificateChain = chain.map { .certificate($0) }
        do {
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: identity.key.bytes, format: .pem))
        } catch {
            throw failure(
                .invalidIdentity,
                identity.key.name,
                "cannot be read as a private key in PEM; name one that is not encrypted"
            )
        }
        do {
            // Made only to see whether the two fit: a connection would tell too late.
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw failure(
                .invalidIdentity,
                identity.key.name,
                "is not the key of the certificate \(identity.certificate)"
            )
        }
    }

    private static func certificates(in file: String) throws -> [NIOSSLCertificate] {
        try certificates(PEMText(name: "file \(file)", bytes: []), .invalidTrustFile) {
            try NIOSSLCertificate.fromPEMFile(file)
        }
    }

    private static func certificates(
        _ text: PEMText,
        _ code: HTTPTransportError.Code,
        _ read: () throws -> [NIOSSLCertificate]
    ) throws -> [NIOSSLCertificate] {
        do {
            let certificates = try read()
            if !certificates.isEmpty { return certificates }
        } catch {
            throw failure(code, text.name, Self.unreadable, error)
        }
        throw failure(code, text.name, Self.unreadable)
    }

    private static let unreadable = "cannot be read as PEM certificates; name a readable file that holds at least one"

    private static func failure(
        _ code: HTTPTransportError.Code,
        _ name: String,
        _ reason: String,
        _ error: (any Error)? = nil
    ) -> HTTPTransportError {
        HTTPTransportError(code, request: name, host: "", reason: reason, underlying: error)
    }
}
