import Foundation

/// Certificates below one authority, of use for nothing but tests; made once with `openssl ca`, all but the two with wrong
/// dates are valid 2020 to 2118, the servers' are for `localhost` and `127.0.0.1`.
extension TestIdentity {
    /// The authority, `Ferry Test Root`, in PEM.
    package static let rootCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIBaTCCAQ6gAwIBAgICEAAwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPRmVycnkg
        VGVzdCBSb290MCAXDTIwMDEwMTAwMDAwMFoYDzIxMTkwMTAxMDAwMDAwWjAaMRgw
        FgYDVQQDDA9GZXJyeSBUZXN0IFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AARhKtZOS8FudUCcSYQeheZyD05MjLWddbH6zbnCzygKrDIIrdfFtjnf9Xqs7S0M
        fE63AMOqIboAPqwgI6cHUgN2o0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB
        /wQEAwIBBjAdBgNVHQ4EFgQUC+gGjJPWcVjNzJvP12B58foKp3cwCgYIKoZIzj0E
        AwIDSQAwRgIhAOzZicT1GUXPnPWuKkqZgefj5QRxQ8IbIQBQHbexdgwQAiEAuH8E
        euOU1wRqBCyjA6Vh5ndubFXwVdSGLJyyKDg4goU=
        -----END CERTIFICATE-----
        """

    /// A server below an intermediate authority, which follows its certificate.
    package static let chained = TestIdentity(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBhjCCASygAwIBAgICEAIwCgYIKoZIzj0EAwIwIjEgMB4GA1UEAwwXRmVycnkg
            VGVzdCBJbnRlcm1lZGlhdGUwIBcNMjAwMTAxMDAwMDAwWhgPMjExOTAxMDEwMDAw
            MDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEH
            A0IABPr4sVLN8umdQAQfIzJgyx5xDfWnBw3jmeSjTdwr6bzOU0SncaLJYxKwU2tM
            wpez1EFsqZqb/Zeu7nlPWBRTbBCjXjBcMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcE
            fwAAATAdBgNVHQ4EFgQU2CsdyRocfjfgxVmp8P3pEXWqYhMwHwYDVR0jBBgwFoAU
            jQTLIjUF7zzBm+sZSwbVryKBVkgwCgYIKoZIzj0EAwIDSAAwRQIhAMv0cFdnO4AV
            sCc17RgHmSNf6pJgQO4Ea3/GfHGquUoKAiBzivYz/WIHn0/hdLrYV52Bz+OVQ4P6
            iQgi0h7XUH4wwg==
            -----END CERTIFICATE-----
            -----BEGIN CERTIFICATE-----
            MIIBkjCCATegAwIBAgICEAEwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPRmVycnkg
            VGVzdCBSb290MCAXDTIwMDEwMTAwMDAwMFoYDzIxMTkwMTAxMDAwMDAwWjAiMSAw
            HgYDVQQDDBdGZXJyeSBUZXN0IEludGVybWVkaWF0ZTBZMBMGByqGSM49AgEGCCqG
            SM49AwEHA0IABJLwQp/HPSIIG834GSOAIJ0CtDB6WkdrjHqPcm4omEXcMy9jrmmT
            sIFRkhzuF7Rt4mq6SESDHft2uMOEwTJadwWjYzBhMA8GA1UdEwEB/wQFMAMBAf8w
            DgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBSNBMsiNQXvPMGb6xlLBtWvIoFWSDAf
            BgNVHSMEGDAWgBQL6AaMk9ZxWM3Mm8/XYHnx+gqndzAKBggqhkjOPQQDAgNJADBG
            AiEA3Nq71LaerKAOFCZqdcLOaFZCXt12o3jLNRa2M18tGS4CIQDPFI4wGaofP4y4
            UfVjI7faWDj9dgc4pmMVokcgLVjPKA==
            -----END CERTIFICATE-----
            """,
        privateKey: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAmOLt7LFbTAdl2gE
            47hQ/5gyRw3rXNlU9GoWp9yzFjqhRANCAAT6+LFSzfLpnUAEHyMyYMsecQ31pwcN
            45nko03cK+m8zlNEp3GiyWMSsFNrTMKXs9RBbKmam/2Xru55T1gUU2wQ
            -----END PRIVATE KEY-----
            """
    )

    /// A server whose certificate was valid in 2020 only.
    package static let expired = TestIdentity(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBezCCASKgAwIBAgICEAMwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPRmVycnkg
            VGVzdCBSb290MB4XDTIwMDEwMTAwMDAwMFoXDTIxMDEwMTAwMDAwMFowFDESMBAG
            A1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnXrvG/VD
            volqmoHKb8YASuop70ub1Q78SvM+bfmPwrK2NoHcnZO4nEcosowswEaYD3Ec60ge
            sewrBU9jvKtCVaNeMFwwGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMB0GA1Ud
            DgQWBBTbLe0QFwHbO+aCHG59NQA2IPWwBzAfBgNVHSMEGDAWgBQL6AaMk9ZxWM3M
            m8/XYHnx+gqndzAKBggqhkjOPQQDAgNHADBEAiAxm1gsR7y6Ay4dJVtgtglvxlCL
            c+vL7MgZOfxMq2kSngIgKwC+451rC0IYQ6PLfd+dtcxaOZsvUp2vT8JNch8T+SY=
            -----END CERTIFICATE-----
            """,
        privateKey: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6aXmzQrG8SLP5E9l
            R3txLVbm5YtLeDrRKINmrRkRis+hRANCAASdeu8b9UO+iWqagcpvxgBK6invS5vV
            DvxK8z5t+Y/CsrY2gdydk7icRyiyjCzARpgPcRzrSB6x7CsFT2O8q0JV
            -----END PRIVATE KEY-----
            """
    )

    /// A server whose certificate is valid from 2110.
    package static let future = TestIdentity(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBgDCCASagAwIBAgICEAQwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPRmVycnkg
            VGVzdCBSb290MCIYDzIxMTAwMTAxMDAwMDAwWhgPMjExOTAxMDEwMDAwMDBaMBQx
            EjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHTY
            oFAOUuzKt56zy3F9+ralng3r0njXWW21+/gKaCRLAtMU0WGmdlLvm5m5y6Hn7APO
            b5tvIJxa3XH/outbmFWjXjBcMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAd
            BgNVHQ4EFgQUuhJ4smFPZZinfVHQskZqZCGa1I4wHwYDVR0jBBgwFoAUC+gGjJPW
            cVjNzJvP12B58foKp3cwCgYIKoZIzj0EAwIDSAAwRQIgNY/lPEjblGFolPjLP2xh
            CWBWF6gKgiOfZw8mVRhMnygCIQCcopVgzyQ77YIa39DJsvA7pl5p643/gOkG8RBR
            gz7C3Q==
            -----END CERTIFICATE-----
            """,
        privateKey: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgB8Jw5VxRQmVWTyU3
            eNXhd03ugv3lygx9DvPHpTEIkcGhRANCAAR02KBQDlLsyrees8txffq2pZ4N69J4
            11lttfv4CmgkSwLTFNFhpnZS75uZucuh5+wDzm+bbyCcWt1x/6LrW5hV
            -----END PRIVATE KEY-----
            """
    )

    /// A client.
    package static let client = TestIdentity(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBfjCCASWgAwIBAgICEAUwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPRmVycnkg
            VGVzdCBSb290MCAXDTIwMDEwMTAwMDAwMFoYDzIxMTkwMTAxMDAwMDAwWjAcMRow
            GAYDVQQDDBFmZXJyeSB0ZXN0IGNsaWVudDBZMBMGByqGSM49AgEGCCqGSM49AwEH
            A0IABI5i0sdYWx7LIXVFqoc3C//ZH9YnwcYCuORxs8eq8TUmhm0VdZtA1UiE1+o/
            OYNw5UXgdHH8P3P2VoOdqt0v8xGjVzBVMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0G
            A1UdDgQWBBRhFld4xXmz8jw9SmKbb2HhUouuujAfBgNVHSMEGDAWgBQL6AaMk9Zx
            WM3Mm8/XYHnx+gqndzAKBggqhkjOPQQDAgNHADBEAiBhG6PFFMxV6vMb6j5o9C6y
            2rbmLPqTutI510oWja9rSgIgbGlfpuMIK+v+0ODERgH7FuUwzmXssE4c7T00cjkn
            IT0=
            -----END CERTIFICATE-----
            """,
        privateKey: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgk86yU29yBlng245k
            XtNMU4TUruTlf/Koq6SXpmmOuB2hRANCAASOYtLHWFseyyF1RaqHNwv/2R/WJ8HG
            ArjkcbPHqvE1JoZtFXWbQNVIhNfqPzmDcOVF4HRx/D9z9laDnardL/MR
            -----END PRIVATE KEY-----
            """
    )

    /// ``chained`` without the intermediate certificate, as servers are often set up.
    package static let incomplete: TestIdentity = {
        let end = "-----END CERTIFICATE-----"
        let own = chained.certificate.components(separatedBy: end)[0] + end
        return TestIdentity(certificate: own, privateKey: chained.privateKey)
    }()
}
