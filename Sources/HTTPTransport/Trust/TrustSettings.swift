import NIOSSL

/// The TLS configurations for one host or for all: one that verifies and one that does not.
struct TrustSettings: Sendable {
    private(set) var verified: TLSConfiguration
    private(set) var unverified: TLSConfiguration
    /// The file of the client certificate; nil for none.
    private(set) var identityName: String?

    /// Reads what counts for all hosts; blocks.
    ///
    /// - Throws: `HTTPTransportError.invalidTrustFile` or `.invalidIdentity` that names the file.
    init(_ configuration: HTTPTransportConfiguration) throws {
        var verified = TLSConfiguration.makeClientConfiguration()
        if let authorities = configuration.exclusiveAuthorities {
            verified.trustRoots = .certificates(try Self.certificates(authorities, .invalidTrustFile))
        } else {
            if let file = configuration.systemTrustFile {
                verified.trustRoots = .certificates(try Self.certificates(in: file))
            }
            let additional =
                try configuration.certificateAuthorityFiles.flatMap { try Self.certificates(in: $0) }
                + Self.certificates(below: configuration.systemTrustFolders)
            if !additional.isEmpty { verified.additionalTrustRoots = [.certificates(additional)] }
        }
        if let identity = configuration.clientIdentity {
            try Self.set(identity, in: &verified)
            identityName = identity.certificate.name
        }
        // HTTP/2 would share one connection's window among all blobs; HTTP/1.1 connections do not wait for each other.
        verified.applicationProtocols = ["http/1.1"]
        self.verified = verified
        unverified = verified
        unverified.certificateVerification = .none
    }

    /// The same for a host with a folder of its own; blocks.
    ///
    /// - Parameters:
    ///   - folder: the folder.
    ///   - layout: what is in it.
    ///   - host: who needs the files, for messages.
    ///   - withIdentity: whether the client certificate is taken, too.
    /// - Returns: the settings for the host.
    /// - Throws: `HTTPTransportError.invalidTrustFile` or `.invalidIdentity` that names the file and the host.
    func adding(
        _ folder: String,
        _ layout: CertificateFolderLayout,
        for host: String,
        withIdentity: Bool
    ) throws -> TrustSettings {
        var settings = self
        let authorities = try layout.authorities.flatMap { name in
            let text = try Self.file("\(folder)/\(name)", .invalidTrustFile, for: host)
            return try Self.certificates(text, .invalidTrustFile)
        }
        if !authorities.isEmpty { settings.verified.additionalTrustRoots.append(.certificates(authorities)) }
        if withIdentity, let (certificate, key) = layout.identity {
            let identity = ClientIdentity(
                certificate: try Self.file("\(folder)/\(certificate)", .invalidIdentity, for: host),
                key: try Self.file("\(folder)/\(key)", .invalidIdentity, for: host)
            )
            try Self.set(identity, in: &settings.verified)
            settings.identityName = "\(folder)/\(certificate)"
        }
        settings.unverified = settings.verified
        settings.unverified.certificateVerification = .none
        return settings
    }

    private static func set(_ identity: ClientIdentity, in configuration: inout TLSConfiguration) throws {
        let chain = try certificates(identity.certificate, .invalidIdentity)
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
        var check = TLSConfiguration.makeClientConfiguration()
        check.trustRoots = .certificates([])
        check.certificateChain = configuration.certificateChain
        check.privateKey = configuration.privateKey
        do {
            // Made only to see whether the two fit: a connection would tell too late.
            _ = try NIOSSLContext(configuration: check)
        } catch {
            throw failure(
                .invalidIdentity,
                identity.key.name,
                "is not the key of the certificate \(identity.certificate)"
            )
        }
    }

    private static func certificates(in path: String) throws -> [NIOSSLCertificate] {
        try certificates(file(path, .invalidTrustFile, for: nil), .invalidTrustFile)
    }

    /// The certificates in the files of folders, as `SSL_CERT_DIR` has it; files without any are passed over, as others do.
    private static func certificates(below folders: [String]) throws -> [NIOSSLCertificate] {
        var found = Set<NIOSSLCertificate>()
        for folder in folders {
            for name in (try? TrustFile.names(in: folder)) ?? [] {
                guard let bytes = try? TrustFile.read("\(folder)/\(name)") else { continue }
                found.formUnion((try? NIOSSLCertificate.fromPEMBytes(bytes)) ?? [])
            }
        }
        return Array(found)
    }

    private static func file(_ path: String, _ code: HTTPTransportError.Code, for host: String?) throws -> PEMText {
        let name = "file \(path)" + (host.map { " (for \($0))" } ?? "")
        do throws(TrustFile.Failure) {
            return PEMText(name: name, bytes: try TrustFile.read(path))
        } catch {
            throw failure(code, name, "cannot be read: \(error.reason)")
        }
    }

    private static func certificates(
        _ text: PEMText,
        _ code: HTTPTransportError.Code
    ) throws -> [NIOSSLCertificate] {
        do {
            // A sequence in DER: Windows exports certificates in that form by default.
            if text.bytes.first == 0x30 { return [try NIOSSLCertificate(bytes: text.bytes, format: .der)] }
            let certificates = try NIOSSLCertificate.fromPEMBytes(text.bytes)
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
