import Testing

@testable import HTTPTransport

struct ProxyExceptionsTests {
    @Test(arguments: [
        ("example.com", ["example.com", "a.example.com", "A.B.EXAMPLE.com:8443"], ["badexample.com", "example.org"]),
        (".example.com", ["a.example.com"], ["example.com", "xexample.com"]),
        ("*.example.com", ["a.example.com", "a.b.example.com:1"], ["example.com"]),
        ("example.com:8443", ["example.com:8443", "a.example.com:8443"], ["example.com", "example.com:8444"]),
        ("example.com:443", ["example.com"], ["example.com:8443"]),
        ("10.1.2.3", ["10.1.2.3", "10.1.2.3:5000"], ["10.1.2.4", "10.1.2.30"]),
        ("10.1.2.3:5000", ["10.1.2.3:5000"], ["10.1.2.3"]),
        ("10.0.0.0/8", ["10.255.0.1", "10.0.0.0:1"], ["11.0.0.1", "10.example.com"]),
        ("192.168.128.0/17", ["192.168.128.1", "192.168.255.255"], ["192.168.127.255"]),
        ("0.0.0.0/0", ["8.8.8.8"], ["[2001:db8::1]", "a.example.com"]),
        ("2001:db8::/33", ["[2001:db8:1::1]"], ["[2001:db8:8000::1]"]),
        ("2001:db8::1", ["[2001:db8::1]", "[2001:DB8:0::1]:5000"], ["[2001:db8::2]"]),
        ("[2001:db8::1]", ["[2001:db8::1]"], ["[2001:db8::2]"]),
        ("[2001:db8::1]:5000", ["[2001:db8::1]:5000"], ["[2001:db8::1]"]),
        ("10.1.2.0/24", ["[::ffff:10.1.2.3]"], ["[::ffff:10.1.3.3]"]),
        ("*", ["example.com", "1.2.3.4"], []),
        (" a.com , b.com\tc.com,,", ["a.com", "b.com", "c.com"], ["d.com"]),
        ("EXAMPLE.COM", ["example.com"], []),
        ("", ["localhost", "127.0.0.1:5000", "127.9.9.9", "[::1]:1", "[::ffff:127.0.0.1]"], ["localhost.example.com"]),
        ("10.0.0.0/99,10.0.0.0/-1,:80,.,/,example.com:x,a/b,//,*.", [], ["10.0.0.1", "example.com", "a.com"]),
    ])
    func `are what others take them for`(list: String, inside: [String], outside: [String]) throws {
        let exceptions = ProxyExceptions(list)
        for (hosts, isInside) in [(inside, true), (outside, false)] {
            for host in hosts {
                let origin = try HTTPURL("https://\(host)").origin
                #expect(exceptions.contains(origin) == isInside, "\(host)")
            }
        }
    }
}

struct IPAddressTests {
    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4x", "::g", "example.com", "1.2.3.4:80", "[", "[]",
    ])
    func `are no addresses`(text: String) { #expect(IPAddress(text) == nil) }

    @Test(arguments: ["10.0.0.0", "10.0.0.0/", "/8", "10.0.0.0/33", "::/129", "10.0.0.0/8/8", "a/8", "10.0.0.0/0x8"])
    func `are no ranges`(text: String) { #expect(IPRange(text) == nil) }
}
