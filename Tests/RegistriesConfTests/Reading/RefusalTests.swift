import RegistriesConf
import SeededRandom
import Testing

@Suite("What is refused, and where it is") struct RefusalTests {
    @Test(
        "mistakes are told with file and line",
        arguments: [
            ("a = 1\nb = \n", RegistriesConfError.Code.invalidTOML, 2),
            ("a = \"[*\" # [*\n[*]\n", .invalidTOML, 2),
            ("[ [a]]\n", .invalidTOML, 1),
            ("a = \"\"\"\n[*\n\"\"\"\n  [[.a]]\n", .invalidTOML, 4),
            ("[", .invalidTOML, 1),
            ("[[registry]]\nlocation = \"a.io\nblocked = true\n", .invalidTOML, 2),
            ("\n[[registry]]\nlocation = \"a.io\"\ninsecure = \"true\"\n", .invalidValue, 4),
            ("[[registry]]\nlocation = 5\n", .invalidValue, 2),
            ("[[registry]]\nlocation = \"https://a.io\"\n", .invalidPlace, 2),
            ("# x = [\n[[registry]] # here\nlocation = \"a.io/UPPER\"\n", .invalidPlace, 3),
            ("[[registry]]\nprefix = \"a.io\"\n", .inconsistent, 2),
            ("[[registry]]\nblocked = true\n", .inconsistent, 1),
            ("[[registry]]\nprefix = \"*.a.io:5000\"\n", .invalidPlace, 2),
            ("[[registry]]\nprefix = \"a.*.io\"\nlocation = \"b.io\"\n", .invalidPlace, 2),
            ("[[registry]]\nlocation = \"a.io\"\n[[registry.mirror]]\ninsecure = true\n", .inconsistent, 3),
            (
                "[[registry]]\nlocation = \"a.io\"\n[[registry.mirror]]\nlocation = \"m.io\"\n\n[[registry.mirror]]\n"
                    + "location = \"n.io\"\npull-from-mirror = \"digest\"\n", .invalidValue, 8
            ),
            (
                "[[registry]]\nlocation = \"a.io\"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = \"m.io\"\n"
                    + "pull-from-mirror = \"all\"\n", .inconsistent, 6
            ),
            ("[[registry]]\nlocation = \"a.io\"\npull-from-mirror = \"all\"\n", .inconsistent, 3),
            ("[[registry]]\nprefix = \"a.io/x:1\"\nlocation = \"b.io/x\"\n", .inconsistent, 3),
            (
                "[[registry]]\nprefix = \"a.io\"\nlocation = \"c.io\"\n[[registry]]\nprefix = \"b.io\"\nlocation = \"c.io\"\n"
                    + "insecure = true\n", .inconsistent, 4
            ),
            ("\n[registries.search]\nregistries = ['registry1.com']\n", .versionOne, 2),
            ("[registries.block]\nregistries = []\n", .versionOne, 1),
        ]
    )
    func mistakes(text: String, code: RegistriesConfError.Code, line: Int) throws {
        let error = try #require(refusal(of: text))
        #expect(error.code == code, "\(error)")
        #expect(error.message.contains("test.conf:\(line)"), "\(error)")
    }

    @Test("what is not about mirrors is passed over, as it is by others, with a remark for what nobody knows")
    func passedOver() throws {
        let conf = try conf(
            """
            unqualified-search-registries = ["registry.fedoraproject.org", "docker.io"]
            short-name-mode = "enforcing"
            credential-helpers = ["containers-auth.json"]
            flavour = 5
            [aliases]
            "fedora" = "registry.fedoraproject.org/fedora"
            [[registry]]
            location = "a.io/"
            colour = "red"
            """
        )
        #expect(conf.rules.map { "\($0.prefix)" } == ["a.io"])
        #expect(conf.remarks.count == 2)
        #expect(conf.remarks.contains { $0.contains("flavour") })
        #expect(conf.remarks.contains { $0.contains("colour") && $0.contains("test.conf:7") })
        #expect(try RegistriesConfTests.conf("").rules.isEmpty)
    }

    @Test("bytes that are no text, zeros, and keys nested without end are refused")
    func foreign() {
        for bytes: [UInt8] in [[0xff, 0xfe, 0x00], Array("a = \"\0\"".utf8), Array("a = \"\\u0000\"".utf8)] {
            let error = #expect(throws: RegistriesConfError.self) { try RegistriesConf.parse(bytes, file: "f") }
            #expect(error?.code == .invalidTOML)
        }
        let deep = [
            "a" + String(repeating: ".a", count: 200_000) + " = 1\n",
            "[a" + String(repeating: ".a", count: 200_000) + "]\n",
            "a = " + String(repeating: "[", count: 100_000),
            "a = " + String(repeating: "{a=", count: 100_000),
        ]
        for text in deep { #expect(refusal(of: text)?.code == .invalidTOML) }
    }

    @Test("damaged files are read or refused, never more", arguments: 0..<8)
    func fuzz(seed: UInt64) {
        var generator = FuzzSeed.generator(seed)
        let good =
            Array(PlacesTests.example.utf8)
            + Array("\n[registries.search]\nregistries = ['''a''', \"\"\"b\"\"\"]\n".utf8)
        let spice = Array("[]{}\"'=.#\\\n\t\0*:@/é".utf8)
        for _ in 0..<400 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &generator) where bytes.count > 1 {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.insert(spice[Int.random(in: 0..<spice.count, using: &generator)], at: place)
                case 2: bytes.remove(at: place)
                default: bytes = Array(bytes.prefix(max(1, place)))
                }
            }
            do throws(RegistriesConfError) {
                _ = try RegistriesConf.parse(bytes, file: "fuzz")
            } catch {
                #expect(error.message.hasPrefix("fuzz"))
            }
        }
    }
}
