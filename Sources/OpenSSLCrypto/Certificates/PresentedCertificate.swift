internal import COpenSSL
import Foundation

/// What a certificate says of itself, for messages; nothing is verified.
package struct PresentedCertificate: Hashable, Sendable {
    /// The largest certificate that is read, in bytes.
    package static let maximumSize = 64 << 10
    private static let maximumNames = 100

    /// The distinguished name of its owner, of one line and at most 200 characters.
    package let subject: String
    /// The distinguished name of who signed it, of one line and at most 200 characters.
    package let issuer: String
    /// The DNS names and IP addresses it is for, the first 100; the common name when there are none.
    package let names: [String]
    /// The first second of its validity, since 1970.
    package let notBefore: Int64
    /// The last second of its validity, since 1970.
    package let notAfter: Int64
    /// Whether subject and issuer are the same.
    package let isSelfIssued: Bool
    private let bytes: [UInt8]

    /// Reads a certificate in DER; nil for what is none.
    package init?(der: [UInt8]) {
        guard der.count <= Self.maximumSize else { return nil }
        defer { ERR_clear_error() }
        guard let certificate = Self.parse(der) else { return nil }
        defer { X509_free(certificate) }
        guard let owner = X509_get_subject_name(certificate), let signer = X509_get_issuer_name(certificate),
            let from = Self.seconds(X509_get0_notBefore(certificate)),
            let until = Self.seconds(X509_get0_notAfter(certificate))
        else { return nil }
        subject = Self.text(owner)
        issuer = Self.text(signer)
        isSelfIssued = X509_NAME_cmp(owner, signer) == 0
        notBefore = from
        notAfter = until
        let alternatives = Self.alternatives(certificate)
        names = alternatives.isEmpty ? Self.commonName(owner).map { [$0] } ?? [] : alternatives
        bytes = der
    }

    /// Whether it is for a host, by RFC 6125; a host that is an IP address must be among its addresses.
    package func matches(host: String) -> Bool {
        defer { ERR_clear_error() }
        guard !host.utf8.contains(0), let certificate = Self.parse(bytes) else { return false }
        defer { X509_free(certificate) }
        return X509_check_ip_asc(certificate, host, 0) == 1
            || X509_check_host(certificate, host, host.utf8.count, 0, nil) == 1
    }

    private static func parse(_ der: [UInt8]) -> OpaquePointer? {
        der.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            return d2i_X509(nil, &position, buffer.count)
        }
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return Int64(timegm(&parts))
    }

    private static func text(_ name: OpaquePointer) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        // Control characters are escaped, letters of other scripts are not.
        let flags = UInt(XN_FLAG_SEP_COMMA_PLUS) | UInt(ASN1_STRFLGS_ESC_CTRL) | UInt(ASN1_STRFLGS_UTF8_CONVERT)
        guard X509_NAME_print_ex(bio, name, 0, flags) >= 0 else { return "" }
        return read(bio)
    }

    private static func read(_ bio: OpaquePointer) -> String {
        var bytes = [UInt8](repeating: 0, count: 1_000)
        let count = BIO_read(bio, &bytes, Int32(bytes.count))
        return shortened(String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self))
    }

    private static func shortened(_ text: String) -> String {
        let line = String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
        return line.count > 200 ? line.prefix(199) + "…" : line
    }

    private static func commonName(_ name: OpaquePointer) -> String? {
        let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
        guard index >= 0, let entry = X509_NAME_get_entry(name, index), let data = X509_NAME_ENTRY_get_data(entry)
        else { return nil }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&bytes, data)
        guard count >= 0, let bytes else { return nil }
        defer { CRYPTO_free(bytes, "", 0) }
        return shortened(String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self))
    }

    private static func alternatives(_ certificate: OpaquePointer) -> [String] {
        guard let pointer = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let list = OpaquePointer(pointer)
        defer { GENERAL_NAMES_free(list) }
        let count = min(max(0, ferry_alternative_name_count(list)), Int32(maximumNames))
        return (0..<count).compactMap { index in
            var (kind, length): (Int32, Int32) = (0, 0)
            guard let data = ferry_alternative_name(list, index, &kind, &length), length > 0 else { return nil }
            let bytes = Array(UnsafeBufferPointer(start: data, count: Int(length)))
            return kind == GEN_DNS ? shortened(String(decoding: bytes, as: UTF8.self)) : address(bytes)
        }
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard
            inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(INET6_ADDRSTRLEN)) != nil
        else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
