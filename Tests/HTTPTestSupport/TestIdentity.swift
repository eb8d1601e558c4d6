/// A certificate with its key, of use for nothing but tests; it signs itself and is its own authority.
package struct TestIdentity: Sendable {
    /// The certificate in PEM.
    package let certificate: String
    /// Its key in PEM.
    package let privateKey: String

    /// Joins the two.
    package init(certificate: String, privateKey: String) {
        self.certificate = certificate
        self.privateKey = privateKey
    }

    /// ``TestCertificate``, for `localhost` and `127.0.0.1`.
    package static let localhost = TestIdentity(
        certificate: TestCertificate.certificate,
        privateKey: TestCertificate.privateKey
    )

    /// Another one, for the name `api.ferry.test` only, valid 2020 to 2119.
    package static let named = TestIdentity(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBcDCCARagAwIBAgIBAjAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5hcGkuZmVy
            cnkudGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGTEXMBUG
            A1UEAwwOYXBpLmZlcnJ5LnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQO
            dTKyEh1G9HDhlJEsi5P0W3IRzQxkSZ5+7T2g+CjluunlJdaPUpOYhquKUC1xLjG7
            kI1tArDIqyfBqVy9S7EIo00wSzAZBgNVHREEEjAQgg5hcGkuZmVycnkudGVzdDAP
            BgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBSKQ2si5Errg/KPp2vsau0ydXvKPTAK
            BggqhkjOPQQDAgNIADBFAiEA4G/C7bSRGr7EcZ27cZPUSWavVp01tRI8Hz+0K/Ml
            bngCIESul6xnQEj9NWb7h7Jsj8NlKASx/+CglyDdWpgyIlCs
            -----END CERTIFICATE-----
            """,
        privateKey: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGG9Jyrjoq8pVpZZ3
            v+Pj8QPhk8Fc3E9JYBv4l4gJKpuhRANCAAQOdTKyEh1G9HDhlJEsi5P0W3IRzQxk
            SZ5+7T2g+CjluunlJdaPUpOYhquKUC1xLjG7kI1tArDIqyfBqVy9S7EI
            -----END PRIVATE KEY-----
            """
    )
}
