internal import COpenSSL

/// What the settings of this machine's libcrypto allow.
package enum HashPolicy {
    /// Nothing can be verified without SHA-256.
    package struct Refusal: Error, CustomStringConvertible {
        /// Whether only FIPS providers are allowed.
        package let isFIPS: Bool
        /// libcrypto's own words.
        let cause: OpenSSLError

        /// One sentence, with what to do.
        package var description: String {
            let text = "this machine's libcrypto gives no SHA-256, without which nothing can be verified"
            return isFIPS
                ? text
                    + ": its settings allow FIPS providers only (default_properties in openssl.cnf, or in the file that "
                    + "OPENSSL_CONF names), and none is active; activate one (openssl list -providers shows them), or "
                    + "correct the settings"
                : text + " (\(cause)): correct openssl.cnf, or the file that OPENSSL_CONF names"
        }
    }

    /// Makes sure that contents can be hashed here.
    ///
    /// - Throws: `Refusal`.
    package static func check() throws(Refusal) {
        do {
            _ = try SignatureHash.sha256.hash(of: [])
        } catch {
            throw Refusal(isFIPS: HashEngine.isPolicyStrict, cause: error)
        }
    }
}
