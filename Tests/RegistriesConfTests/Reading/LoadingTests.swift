import FerryTestSupport
import Foundation
import RegistriesConf
import Testing

@Suite("Which files are read") struct LoadingTests {
    @Test(
        "the places, by environment and by what is there",
        arguments: [
            ([:], false, "R/etc/containers/registries.conf", false, ["R/etc/containers/registries.conf.d"]),
            (
                ["HOME": "/h"], false, "R/etc/containers/registries.conf", false,
                ["R/etc/containers/registries.conf.d", "/h/.config/containers/registries.conf.d"]
            ),
            (
                ["HOME": "/h"], true, "/h/.config/containers/registries.conf", false,
                ["/h/.config/containers/registries.conf.d"]
            ),
            (
                ["HOME": "/h", "CONTAINERS_REGISTRIES_CONF": "my.conf"], true, "my.conf", true,
                ["R/etc/containers/registries.conf.d", "/h/.config/containers/registries.conf.d"]
            ),
            (
                ["HOME": "/h", "CONTAINERS_REGISTRIES_CONF": "", "CONTAINERS_REGISTRIES_CONF_DIR": "/d"], true,
                "/h/.config/containers/registries.conf", false, ["/d"]
            ),
        ] as [([String: String], Bool, String, Bool, [String])]
    )
    func locations(environment: [String: String], isThere: Bool, file: String, isRequired: Bool, folders: [String]) {
        let found = ConfigurationLocations(explicit: nil, environment: environment, root: "R") { _ in isThere }
        #expect(found.file.path == file)
        #expect(found.file.isRequired == isRequired)
        #expect(found.folders == folders)
        let named = ConfigurationLocations(explicit: "x", environment: environment, root: "R") { _ in isThere }
        #expect(named.file.path == "x" && named.file.isRequired)
    }

    @Test("drop-ins come after the file, by name, and override a prefix as a whole")
    func dropIns() async throws {
        try await withTemporaryFolder { folder in
            let write = { (name: String, text: String) in
                try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
            try FileManager.default.createDirectory(atPath: "\(folder)/d/sub.conf", withIntermediateDirectories: true)
            let rule = { (location: String) in "[[registry]]\nprefix = \"a.io\"\nlocation = \"\(location)\"\n" }
            try write("main.conf", rule("main.io") + "[[registry]]\nlocation = \"kept.io\"\nblocked = true\n")
            try write("d/10-first.conf", rule("first.io"))
            try write("d/20-second.conf", rule("second.io"))
            try write("d/30-not.txt", "garbage")
            let environment = [
                "CONTAINERS_REGISTRIES_CONF": "\(folder)/main.conf", "CONTAINERS_REGISTRIES_CONF_DIR": "\(folder)/d",
            ]
            let locations = ConfigurationLocations(explicit: nil, environment: environment) { _ in false }
            let conf = try RegistriesConf.load(locations)
            #expect(try places(conf, "a.io/x:1") == ["second.io/x:1"])
            #expect(conf.rules.count == 2)
            #expect(conf.files.count == 3)

            try write("d/40-old.conf", "[registries.search]\nregistries = ['x.io']\n")
            let old = #expect(throws: RegistriesConfError.self) { try RegistriesConf.load(locations) }
            #expect(old?.code == .versionOne)
            #expect(old?.message.contains("40-old.conf:1") == true)
        }
    }

    @Test("a named file must be there and be a file; a default one need not be")
    func missing() async throws {
        try await withTemporaryFolder { folder in
            for path in ["\(folder)/none", folder] {
                let locations = ConfigurationLocations(explicit: path, environment: [:], root: folder) { _ in false }
                let error = #expect(throws: RegistriesConfError.self) { try RegistriesConf.load(locations) }
                #expect(error?.code == .unreadable)
                #expect(error?.message.contains(path) == true)
            }
            let none = ConfigurationLocations(explicit: nil, environment: [:], root: folder) { _ in false }
            #expect(try RegistriesConf.load(none) == .none)
            let large = "\(folder)/large"
            try Data(repeating: UInt8(ascii: "#"), count: 5 << 20).write(to: URL(fileURLWithPath: large))
            let locations = ConfigurationLocations(explicit: large, environment: [:], root: folder) { _ in false }
            let error = #expect(throws: RegistriesConfError.self) { try RegistriesConf.load(locations) }
            #expect(error?.code == .tooLarge)
        }
    }
}
