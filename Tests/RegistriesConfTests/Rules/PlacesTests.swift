import ImageStorage
import OCIModel
import RegistriesConf
import Testing

@Suite("Which places are asked") struct PlacesTests {
    /// The example of containers-registries.conf(5).
    static let example = """
        unqualified-search-registries = ["example.com"]

        [[registry]]
        prefix = "example.com/foo"
        insecure = false
        blocked = false
        location = "internal-registry-for-example.com/bar"

        [[registry.mirror]]
        location = "example-mirror-0.local/mirror-for-foo"

        [[registry.mirror]]
        location = "example-mirror-1.local/mirrors/foo"
        insecure = true

        [[registry]]
        location = "registry.com"
        [[registry.mirror]]
        location = "mirror.registry.com"
        """

    @Test("the example of the manual page: mirrors in their order, then the location")
    func example() throws {
        let conf = try conf(Self.example)
        #expect(
            try places(conf, "example.com/foo/image:latest") == [
                "example-mirror-0.local/mirror-for-foo/image:latest",
                "example-mirror-1.local/mirrors/foo/image:latest",
                "internal-registry-for-example.com/bar/image:latest",
            ]
        )
        #expect(try places(conf, "example.com/foobar:1") == ["example.com/foobar:1"])
        #expect(try places(conf, "registry.com/a/b:1") == ["mirror.registry.com/a/b:1", "registry.com/a/b:1"])
        #expect(try places(conf, "registry.com:5000/a/b:1") == ["registry.com:5000/a/b:1"])
        #expect(conf.insecureHosts == ["example-mirror-1.local"])
        let repository = try Repository("registry.com/a/b")
        #expect(try conf.places(of: repository, for: .tags).map(\.role) == [.mirror, .primary])
        #expect(try conf.concerns(RegistryName("quay.io")) == false)
    }

    @Test(
        "the longest prefix that ends at a border counts",
        arguments: [
            ("example.com", "example.com/x:1", "m/x:1"),
            ("example.com/a", "example.com/a/b/c:1", "m/b/c:1"),
            ("example.com/a", "example.com/a:1", nil),
            ("example.com/a", "example.com/ab:1", nil),
            ("example.com/a", "example.com/ab/a:1", nil),
            ("example.com:5000", "example.com:5000/x:1", "m/x:1"),
            ("example.com:5000", "example.com/x:1", nil),
            ("docker.io/library", "docker.io/nginx:1", "m/nginx:1"),
            ("docker.io/nginx", "docker.io/nginx:1", nil),
            ("*.example.com", "a.example.com/x:1", "m/x:1"),
            ("*.example.com", "a.b.example.com/x:1", "m/x:1"),
            ("*.example.com", "example.com/x:1", nil),
            ("*.example.com", "badexample.com/x:1", nil),
            ("*.example.com", "other.org/a.example.com:1", nil),
            ("example.com/a/b:v1", "example.com/a/b:v1", nil),
        ]
    )
    func prefixes(prefix: String, image: String, expected: String?) throws {
        let rest = prefix.hasSuffix(":v1") ? "host.local/x/y:z" : "host.local/m"
        let conf = try conf("[[registry]]\nprefix = \"\(prefix)\"\nlocation = \"\(rest)\"\n")
        var wanted =
            expected.map { "host.local/\($0)" } ?? image.replacing("docker.io/nginx", with: "docker.io/library/nginx")
        if prefix == "example.com/a", image == "example.com/a:1" { wanted = "host.local/m:1" }
        if prefix.hasSuffix(":v1") { wanted = rest }
        #expect(try places(conf, image) == [wanted])
    }

    @Test("of several prefixes the longest is taken, whatever their order")
    func longest() throws {
        let parts = ["a.io", "a.io/team", "a.io/team/app"].enumerated().map { index, prefix in
            "[[registry]]\nprefix = \"\(prefix)\"\nlocation = \"r\(index).local/x\"\n"
        }
        for text in [parts.joined(), parts.reversed().joined()] {
            let conf = try conf(text)
            #expect(try places(conf, "a.io/other:1") == ["r0.local/x/other:1"])
            #expect(try places(conf, "a.io/team/other:1") == ["r1.local/x/other:1"])
            #expect(try places(conf, "a.io/team/app:1") == ["r2.local/x:1"])
            #expect(try places(conf, "a.io/team/app/deep:1") == ["r2.local/x/deep:1"])
        }
    }

    @Test("mirrors for digests and for tags are asked for those; signatures of a digest count as digests")
    func uses() throws {
        let conf = try conf(
            """
            [[registry]]
            location = "a.io"
            [[registry.mirror]]
            location = "digests.local"
            pull-from-mirror = "digest-only"
            [[registry.mirror]]
            location = "tags.local"
            pull-from-mirror = "tag-only"
            [[registry.mirror]]
            location = "all.local"
            pull-from-mirror = "all"
            """
        )
        let digest = someDigest()
        #expect(try places(conf, "a.io/x:1") == ["tags.local/x:1", "all.local/x:1", "a.io/x:1"])
        #expect(
            try places(conf, "a.io/x@\(digest)")
                == ["digests.local", "all.local", "a.io", "tags.local"].map { "\($0)/x@\(digest)" }
        )
        let signature = "sha256-" + String(repeating: "a", count: 64) + ".sig"
        #expect(try places(conf, "a.io/x:\(signature)").first == "digests.local/x:\(signature)")
        #expect(try places(conf, "a.io/x:sha256-short").first == "tags.local/x:sha256-short")
        let repository = try Repository("a.io/x")
        #expect(try conf.places(of: repository, for: .content).first?.repository.registry.text == "digests.local")
        #expect(try conf.places(of: repository, for: .tags).first?.repository.registry.text == "tags.local")
    }

    @Test("mirror-by-digest-only leaves tags to the registry itself")
    func digestOnly() throws {
        let conf = try conf(
            "[[registry]]\nlocation = \"a.io\"\nmirror-by-digest-only = true\n"
                + "[[registry.mirror]]\nlocation = \"m.local\"\n"
        )
        #expect(try places(conf, "a.io/x:1") == ["a.io/x:1"])
        #expect(try places(conf, "a.io/x@\(someDigest())").first == "m.local/x@\(someDigest())")
    }

    @Test("a blocked registry is not asked, its mirrors are; without mirrors the image is refused with file and prefix")
    func blocked() throws {
        let conf = try conf(
            """
            [[registry]]
            location = "never.io"
            blocked = true
            [[registry.mirror]]
            location = "m.local/never"

            [[registry]]
            location = "bad.io/team"
            blocked = true

            [[registry]]
            location = "a.io"
            [[registry.mirror]]
            location = "bad.io/team/a"
            """
        )
        #expect(try places(conf, "never.io/x:1") == ["m.local/never/x:1"])
        #expect(try places(conf, "bad.io/x:1") == ["bad.io/x:1"])
        // A mirror that is itself blocked is none.
        #expect(try places(conf, "a.io/x:1") == ["a.io/x:1"])
        let error = #expect(throws: RegistriesConfError.self) { try places(conf, "bad.io/team/x:1") }
        #expect(error?.code == .blocked)
        #expect(error?.kind == .refused)
        #expect(error?.message.contains("test.conf:7") == true)
        #expect(error?.message.contains("bad.io/team") == true)
    }

    @Test("a rule for one tag leads to another image, whose parts are found by digest")
    func oneTag() throws {
        let conf = try conf(
            "[[registry]]\nprefix = \"a.io/x:v1\"\nlocation = \"b.io/y:other\"\n"
                + "[[registry]]\nlocation = \"a.io\"\n[[registry.mirror]]\nlocation = \"m.local\"\n"
        )
        #expect(try places(conf, "a.io/x:v1") == ["b.io/y:other"])
        #expect(try places(conf, "a.io/x:v2") == ["m.local/x:v2", "a.io/x:v2"])
        let content = try conf.places(of: Repository("a.io/x"), for: .content)
        #expect(content.map(\.description) == ["m.local/x", "a.io/x", "b.io/y"])
        #expect(content.allSatisfy { $0.image == nil })
    }

    @Test("a wildcard without location keeps the names, and replaces host and port where a mirror is asked")
    func wildcard() throws {
        let conf = try conf("[[registry]]\nprefix = \"*.a.io\"\n[[registry.mirror]]\nlocation = \"m.local/w\"\n")
        #expect(try places(conf, "x.a.io/t/i:1") == ["m.local/w/t/i:1", "x.a.io/t/i:1"])
        #expect(try places(conf, "x.a.io:5000/t/i:1") == ["m.local/w/t/i:1", "x.a.io:5000/t/i:1"])
    }

    @Test("a repository cannot be replaced by a registry alone")
    func noPlace() throws {
        let conf = try conf("[[registry]]\nprefix = \"a.io/x\"\nlocation = \"b.io\"\n")
        #expect(try places(conf, "a.io/x/y:1") == ["b.io/y:1"])
        let error = #expect(throws: RegistriesConfError.self) { try places(conf, "a.io/x:1") }
        #expect(error?.code == .noPlace)
    }

    @Test("of the same prefix the first table of a file counts, and a later file over an earlier one")
    func overriding() throws {
        let one = try conf(
            "[[registry]]\nprefix = \"a.io\"\nlocation = \"one.io\"\n[[registry]]\nprefix = \"a.io\"\nlocation = \"two.io\"\n"
        )
        #expect(try places(one, "a.io/x:1") == ["one.io/x:1"])
        let three = try conf("[[registry]]\nprefix = \"a.io\"\nlocation = \"three.io\"\n")
        #expect(try places(one.overridden(by: three), "a.io/x:1") == ["three.io/x:1"])
    }
}
