/// A self-signed certificate for `localhost` and `127.0.0.1`, valid 2020 to 2119; of use for nothing but tests.
package enum TestCertificate {
    /// The certificate, which is its own authority.
    package static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBaDCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
        c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
        CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABARtbXjrDGLdTUPx
        cj2yYR5QTTZJH+Vq03sOAtkr73m5RXFQq0XAtLz85R4yKP479xrzD/Od8srAUUWq
        kVtiqxKjTjBMMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E
        BTADAQH/MB0GA1UdDgQWBBRRIqBjfevKdAIH6ijpnnxvYUaHojAKBggqhkjOPQQD
        AgNJADBGAiEAoXg4g+8N2/NYqENmdsGRc0lnj8Q75D2Ysg2cCYAGCEcCIQD8pMcr
        5NYIqXy7zdwedTBvnKtDlaG/ci4i4iBiGZ1I5g==
        -----END CERTIFICATE-----
        """

    /// Its key.
    package static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgesVfXa+NrLYTnuHK
        l6AW2iA0mJIe8DETu0Uatm4HMJOhRANCAAQEbW146wxi3U1D8XI9smEeUE02SR/l
        atN7DgLZK+95uUVxUKtFwLS8/OUeMij+O/ca8w/znfLKwFFFqpFbYqsS
        -----END PRIVATE KEY-----
        """
}
