import Foundation
import OCIModel
import RegistryClient
import Testing

struct CredentialStoreTests {
    /// Runs `body` with a folder that stands for `/` and holds some files.
    private func withRoot(_ files: [String: String], _ body: (String) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "ferry-root-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        try await body(root.path)
    }

    private func auth(_ key: String, _ user: String = "u") -> String {
        let secret = Data("\(user):p:w".utf8).base64EncodedString()
        return #"{"auths":{"\#(key)":{"auth":"\#(secret)"}}}"#
    }

    @Test(
        arguments: [
            ("--authfile", "named.json", "/named.json"),
            ("REGISTRY_AUTH_FILE", nil, "/env.json"),
            ("XDG_RUNTIME_DIR", nil, "/run/user/7/containers/auth.json"),
            ("no XDG_RUNTIME_DIR", nil, "/run/containers/7/auth.json"),
            ("XDG_CONFIG_HOME", nil, "/xdg/containers/auth.json"),
            (".config", nil, "/home/.config/containers/auth.json"),
            ("DOCKER_CONFIG", nil, "/docker/config.json"),
            (".docker", nil, "/home/.docker/config.json"),
            (".dockercfg", nil, "/home/.dockercfg"),
        ] as [(String, String?, String)]
    )
    func `finds each place`(name: String, authFile: String?, path: String) async throws {
        var environment = ["HOME": "/home"]
        switch name {
        case "REGISTRY_AUTH_FILE": environment[name] = "/env.json"
        case "XDG_RUNTIME_DIR": environment[name] = "/run/user/7"
        case "XDG_CONFIG_HOME": environment[name] = "/xdg"
        case "DOCKER_CONFIG": environment[name] = "/docker"
        default: break
        }
        let text = name == ".dockercfg" ? #"{"reg":{"auth":"dTpw"}}"# : auth("reg")
        try await withRoot([path: text]) { root in
            let store = try await CredentialStore.load(
                authFile: authFile,
                environment: environment,
                root: root,
                userID: 7
            )
            let credential = try await store.credential(for: RegistryName("reg"), RepositoryPath("a/b"))
            #expect(credential?.origin == "\(authFile ?? path), entry \"reg\"")
        }
    }

    @Test func `looks in order, and a named file is the only one`() async throws {
        let files = [
            "/run/user/7/containers/auth.json": auth("one"), "/home/.docker/config.json": auth("two"),
            "/env.json": auth("three"),
        ]
        try await withRoot(files) { root in
            var environment = ["HOME": "/home", "XDG_RUNTIME_DIR": "/run/user/7"]
            let both = try await CredentialStore.load(authFile: nil, environment: environment, root: root, userID: 0)
            #expect(try await both.credential(for: RegistryName("one"), nil) != nil)
            #expect(try await both.credential(for: RegistryName("two"), nil) != nil)
            environment["REGISTRY_AUTH_FILE"] = "/env.json"
            let named = try await CredentialStore.load(authFile: nil, environment: environment, root: root, userID: 0)
            #expect(try await named.credential(for: RegistryName("one"), nil) == nil)
            #expect(try await named.credential(for: RegistryName("three"), nil) != nil)
        }
    }

    @Test(
        arguments: [
            ("reg:5000", "org/repo", "reg:5000/org/repo"), ("reg:5000", "org/repo/sub", "reg:5000/org/repo"),
            ("reg:5000", "org/other", "reg:5000/org"), ("reg:5000", "elsewhere", "reg:5000"),
            ("REG:5000", "elsewhere", "reg:5000"), ("reg:5000", "organisation", "reg:5000"), ("reg", "org/repo", nil),
            ("reg:5001", "org/repo", nil), ("docker.io", "library/x", "https://index.docker.io/v1/"),
            ("old", "x", "http://old/v2/"),
        ] as [(String, String, String?)]
    )
    func `prefers the longest key`(registry: String, repository: String, key: String?) async throws {
        let keys = ["reg:5000", "reg:5000/org", "reg:5000/org/repo", "https://index.docker.io/v1/", "http://old/v2/"]
        let entries = keys.map { #""\#($0)":{"auth":"dTpw"}"# }.joined(separator: ",")
        try await withRoot(["/a.json": #"{"auths":{\#(entries)}}"#]) { root in
            let store = try await CredentialStore.load(authFile: "/a.json", environment: [:], root: root, userID: 0)
            let credential = try await store.credential(for: RegistryName(registry), RepositoryPath(repository))
            #expect(credential?.origin == key.map { "/a.json, entry \"\($0)\"" })
        }
    }

    @Test(arguments: [
        "", "not json", "[]", #"{"auths":[]}"#, #"{"auths":{"reg":{"auth":7}}}"#,
        #"{"auths":{"reg":{"auth":"c2VjcmV0"}}}"#, #"{"auths":{"reg":{"auth":"%%%"}}}"#,
    ])
    func `names a malformed file and shows nothing of it`(text: String) async throws {
        try await withRoot(["/a.json": text]) { root in
            if text.isEmpty {
                _ = try await CredentialStore.load(authFile: "/a.json", environment: [:], root: root, userID: 0)
                return
            }
            let error = await #expect(throws: RegistryClientError.self) {
                try await CredentialStore.load(authFile: "/a.json", environment: [:], root: root, userID: 0)
            }
            #expect(error?.code == .invalidCredentialFile)
            #expect(error?.message.contains("/a.json") == true)
            #expect(error?.message.contains("c2VjcmV0") == false)
            #expect(error?.message.contains("secret") == false)
        }
    }

    @Test func `misses a named file`() async throws {
        let error = await #expect(throws: RegistryClientError.self) {
            try await CredentialStore.load(authFile: "/nowhere.json", environment: [:], userID: 0)
        }
        #expect(error?.code == .invalidCredentialFile)
    }

    @Test func `takes the text of a variable behind named files and before all others`() async throws {
        let files = ["/home/.docker/config.json": auth("both"), "/env.json": auth("named")]
        try await withRoot(files) { root in
            var environment = ["HOME": "/home", "DOCKER_AUTH_CONFIG": auth("both")]
            let store = try await CredentialStore.load(authFile: nil, environment: environment, root: root, userID: 0)
            let both = try await store.credential(for: RegistryName("both"), nil)
            #expect(both?.origin == #"$DOCKER_AUTH_CONFIG, entry "both""#)
            environment["REGISTRY_AUTH_FILE"] = "/env.json"
            let named = try await CredentialStore.load(authFile: nil, environment: environment, root: root, userID: 0)
            #expect(try await named.credential(for: RegistryName("both"), nil) == nil)
            let error = await #expect(throws: RegistryClientError.self) {
                try await CredentialStore.load(
                    authFile: nil,
                    environment: ["DOCKER_AUTH_CONFIG": "s3cr3t"],
                    root: root,
                    userID: 0
                )
            }
            #expect(error?.code == .invalidCredentialFile)
            #expect(error?.message.contains("the variable $DOCKER_AUTH_CONFIG") == true)
            #expect(error?.message.contains("s3cr3t") == false)
        }
    }

    @Test func `takes DOCKER_CONFIG in place of the folder at home`() async throws {
        try await withRoot(["/home/.docker/config.json": auth("home"), "/ci/config.json": auth("ci")]) { root in
            let environment = ["HOME": "/home", "DOCKER_CONFIG": "/ci"]
            let store = try await CredentialStore.load(authFile: nil, environment: environment, root: root, userID: 0)
            #expect(try await store.credential(for: RegistryName("ci"), nil) != nil)
            #expect(try await store.credential(for: RegistryName("home"), nil) == nil)
        }
    }

    @Test(
        arguments: [
            (#"{"auth":"dTpw"}"#, .password), (#"{"username":"u","password":"p"}"#, .password),
            (#"{"auth":"dTpw","identitytoken":"t"}"#, .identityToken), (#"{"registrytoken":"t"}"#, .registryToken),
        ] as [(String, CredentialFinding.Kind)]
    )
    func `tells the kind of an entry`(entry: String, kind: CredentialFinding.Kind) async throws {
        try await withRoot(["/a.json": #"{"auths":{"https://Reg/":\#(entry)}}"#]) { root in
            let store = try await CredentialStore.load(authFile: "/a.json", environment: [:], root: root, userID: 0)
            let finding = try #require(try store.finding(for: RegistryName("reg"), nil))
            #expect(finding.file == "/a.json")
            #expect(finding.entry == "https://Reg/")
            #expect(finding.helper == nil)
            #expect(finding.kind == kind)
            #expect(try await store.credential(for: RegistryName("reg"), nil)?.finding == finding)
        }
    }
}
