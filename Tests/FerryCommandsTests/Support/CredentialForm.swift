import Foundation
import OCIModel

/// The ways in which a user may give credentials.
enum CredentialForm: String, CaseIterable {
    // Where the text is.
    case authFileOption
    case registryAuthFile
    case dockerAuthConfig
    case xdgRuntimeFolder
    case xdgConfigFolder
    case configFolderAtHome
    case dockerConfigFolder
    case dockerFolderAtHome
    case dockercfg
    // What the text says.
    case nameAndPassword
    case addressAsKey
    case pathsAsKeys
    case identityToken
    case helper
    case helperForPaths
    case helperWithIdentityToken
    case store
    case storeWithoutEntry

    /// Whether a registry must have a token service for it.
    var needsTokens: Bool { self == .identityToken || self == .helperWithIdentityToken }

    /// What leads a run to the credentials.
    struct Way {
        var options: [String] = []
        var variables: [String: String] = [:]
    }

    /// Writes files, and programs where needed.
    ///
    /// - Parameters:
    ///   - scene: where.
    ///   - registry: for which registry; with paths, for its `team` and `mirror`.
    ///   - login: `name:password`.
    ///   - token: an identity token.
    /// - Returns: what the run is to be given.
    /// - Throws: when a file cannot be written.
    func prepare(in scene: Scene, _ registry: RegistryName, _ login: String, token: String) throws -> Way {
        let text = try document(in: scene, registry, login, token: token)
        var way = Way(variables: ["PATH": "\(scene.path("bin")):/usr/bin:/bin"])
        switch self {
        case .authFileOption: way.options = ["--authfile", try scene.write(text, to: "named.json")]
        case .registryAuthFile: way.variables["REGISTRY_AUTH_FILE"] = try scene.write(text, to: "named.json")
        case .dockerAuthConfig: way.variables["DOCKER_AUTH_CONFIG"] = text
        case .xdgConfigFolder:
            way.variables["XDG_CONFIG_HOME"] = scene.path("xdg")
            try scene.add(text, to: "xdg/containers/auth.json")
        case .configFolderAtHome: try scene.add(text, to: ".config/containers/auth.json")
        case .dockerConfigFolder:
            way.variables["DOCKER_CONFIG"] = scene.path("ci")
            try scene.add(text, to: "ci/config.json")
        case .dockerFolderAtHome: try scene.add(text, to: ".docker/config.json")
        case .dockercfg: try scene.add(text, to: ".dockercfg")
        default: try scene.add(text, to: "containers/auth.json")
        }
        return way
    }

    private func document(
        in scene: Scene,
        _ registry: RegistryName,
        _ login: String,
        token: String
    ) throws -> String {
        let parts = login.split(separator: ":", maxSplits: 1).map(String.init)
        let auth = #"{"auth":"\#(Data(login.utf8).base64EncodedString())"}"#
        switch self {
        case .dockercfg: return #"{"\#(registry)":\#(auth)}"#
        case .nameAndPassword:
            return #"{"auths":{"\#(registry)":{"username":"\#(parts[0])","password":"\#(parts[1])"}}}"#
        case .addressAsKey: return #"{"auths":{"http://\#(registry)/v2/":\#(auth)}}"#
        case .pathsAsKeys: return #"{"auths":{"\#(registry)/team":\#(auth),"\#(registry)/mirror":\#(auth)}}"#
        case .identityToken: return #"{"auths":{"\#(registry)":{"auth":"","identitytoken":"\#(token)"}}}"#
        case .helper, .helperForPaths, .helperWithIdentityToken, .store, .storeWithoutEntry:
            let isToken = self == .helperWithIdentityToken
            try scene.addHelper("test", user: isToken ? "<token>" : parts[0], secret: isToken ? token : parts[1])
            switch self {
            case .helperForPaths:
                return #"{"credHelpers":{"\#(registry)/team":"test","\#(registry)/mirror":"test"}}"#
            case .store: return #"{"auths":{"\#(registry)":{}},"credsStore":"test"}"#
            case .storeWithoutEntry: return #"{"credsStore":"test"}"#
            default: return #"{"credHelpers":{"\#(registry)":"test"}}"#
            }
        default: return #"{"auths":{"\#(registry)":\#(auth)}}"#
        }
    }
}

extension Scene {
    /// Writes a file in a folder that may not be there yet.
    func add(_ text: String, to name: String) throws {
        let folder = (path(name) as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write(text, to: name)
    }

    /// Writes `bin/docker-credential-NAME`, which notes its own command line in `helper.log`.
    func addHelper(_ name: String, user: String, secret: String) throws {
        let program = "bin/docker-credential-\(name)"
        let script = """
            #!/bin/sh
            tr '\\0' ' ' < /proc/$$/cmdline >> '\(path("helper.log"))'
            read -r server
            echo "$server" >> '\(path("helper.log"))'
            echo '{"ServerURL":"x","Username":"\(user)","Secret":"\(secret)"}'
            """
        try addProgram(script, to: program)
    }

    /// Writes a file that can be run, in the place of one that may be there.
    func addProgram(_ script: String, to name: String) throws {
        try add(script, to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path(name))
    }
}
