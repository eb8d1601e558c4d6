import Testing

@testable import HTTPTransport

struct CertificateFolderTests {
    @Test(arguments: [
        ("https://reg.example.com", ["/a/reg.example.com", "/a/reg.example.com:443"]),
        ("https://reg.example.com:443", ["/a/reg.example.com", "/a/reg.example.com:443"]),
        ("https://REG.example.com:5000", ["/a/reg.example.com:5000"]),
        ("https://[2001:db8::1]:5000", ["/a/[2001:db8::1]:5000"]),
        ("https://..", []), ("https://.:443", []),
    ])
    func `belong to a host and its port`(url: String, folders: [String]) throws {
        let origin = try HTTPURL(url).origin
        #expect(CertificateFolders(roots: ["/a"]).candidates(for: origin) == folders)
    }

    @Test func `are those of the container tools`() {
        let system = ["/etc/containers/certs.d", "/etc/docker/certs.d"]
        func roots(_ explicit: String?, _ environment: [String: String]) -> [String] {
            CertificateFolders(explicit: explicit, environment: environment).roots
        }
        #expect(roots(nil, ["HOME": "/h"]) == ["/h/.config/containers/certs.d"] + system)
        #expect(roots(nil, ["HOME": "/h", "XDG_CONFIG_HOME": "/x"]) == ["/x/containers/certs.d"] + system)
        #expect(roots(nil, ["HOME": "", "XDG_CONFIG_HOME": ""]) == system)
        #expect(roots("/own", ["HOME": "/h"]) == ["/own"])
    }

    @Test func `hold three kinds of files`() throws {
        let layout = try CertificateFolderLayout(names: [
            "b.crt", "a.crt", "z.cert", "z.key", "client.cert", "client.key", "README", "ca.pem", "x.crt.bak",
        ])
        #expect(layout.authorities == ["a.crt", "b.crt"])
        #expect(layout.identity?.certificate == "client.cert")
        #expect(layout.identity?.key == "client.key")
        #expect(try CertificateFolderLayout(names: []).identity == nil)
    }

    @Test(arguments: [(["a.cert"], "a.cert"), (["a.key"], "a.key"), (["a.cert", "b.key"], "a.cert")])
    func `must have pairs of certificates and keys`(names: [String], file: String) {
        let problem = #expect(throws: CertificateFolderLayout.Problem.self) {
            try CertificateFolderLayout(names: names)
        }
        #expect(problem?.file == file)
    }
}
