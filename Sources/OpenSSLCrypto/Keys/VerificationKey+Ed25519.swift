internal import COpenSSL

extension VerificationKey {
    /// Takes the 32 bytes of an Ed25519 public key (RFC 8032, section 5.1.5); nil when they are none.
    package init?(ed25519 point: [UInt8]) {
        defer { ERR_clear_error() }
        guard
            point.count == 32,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, point, point.count),
            let handle = try? KeyHandle(owning: key, name: "")
        else { return nil }
        self.init(handle)
    }
}
