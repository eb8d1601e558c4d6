import DispatchLanes
import FerryTestSupport
import Foundation
import Testing

/// A folder of its own with the built program, cut off from credentials and settings of the machine.
struct Scene: Sendable {
    /// The folder's absolute path.
    let folder: String
    private let executable: String

    /// Takes a folder.
    ///
    /// - Throws: when there is no built program.
    init(in folder: String) throws {
        self.folder = folder
        executable = try #require(CommandFixture.executable, "build ferry, or set FERRY_BINARY")
    }

    /// The variables that would let the machine's settings in are taken away; the home is the folder.
    private var environment: [String: String] {
        var variables = ["HOME": folder, "XDG_RUNTIME_DIR": folder, "LC_ALL": "C"]
        let foreign = [
            "REGISTRY_AUTH_FILE", "CONTAINERS_REGISTRIES_CONF", "CONTAINERS_REGISTRIES_CONF_DIR", "XDG_CONFIG_HOME",
            "DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "SSL_CERT_FILE", "SSL_CERT_DIR", "SOURCE_DATE_EPOCH",
            "UPDATE_URL_OVERRIDE",
            "OKD_UPDATE_URL_OVERRIDE", "VERSION_FILTER", "OCP_SIGNATURE_VERIFICATION_PK",
            "FERRY_GRAPH_BASE_IMAGE", "KUBECONFIG",
            "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy",
            "no_proxy", "all_proxy",
        ]
        for name in foreign { variables[name] = "" }
        // No test asks the stores of the world for signatures.
        variables["OCP_SIGNATURE_URL"] = "file://\(folder)/signatures"
        return variables
    }

    /// The path of something in the folder.
    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        return path(name)
    }

    /// The bytes of a file.
    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

    /// The text of a file.
    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// The names in a folder, sorted; none when the folder is not there.
    func names(in name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
    }

    /// The texts of all files below a folder.
    func files(below name: String) throws -> [String] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: path(name))
        return try paths.compactMap { inner in
            var isFolder: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: path("\(name)/\(inner)"), isDirectory: &isFolder)
            return isThere && !isFolder.boolValue ? try text("\(name)/\(inner)") : nil
        }
    }

    /// The paths of a set's volumes, relative to the scene, by number.
    func volumes(of set: String) -> [String] {
        names(in: set).filter { $0.hasSuffix(".tar") }.map { "\(set)/\($0)" }
    }

    /// Copies the files of a folder that are chosen by name into another folder, which may be there already.
    func copy(_ set: String, to other: String, where isChosen: (String) -> Bool) throws {
        try FileManager.default.createDirectory(atPath: path(other), withIntermediateDirectories: true)
        for name in names(in: set) where isChosen(name) {
            try FileManager.default.copyItem(atPath: path("\(set)/\(name)"), toPath: path("\(other)/\(name)"))
        }
    }

    /// Removes a file.
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

    /// Runs the program to its end and expects an exit code, unless that is nil.
    ///
    /// The working folder is the scene's unless another one is given; `name` is the path of a link to call it by.
    /// `variables` are added to those of the scene.
    @discardableResult
    func ferry(
        _ arguments: String...,
        with variables: [String: String] = [:],
        exits status: Int32? = 0,
        in current: String? = nil,
        calledAs name: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> CommandResult {
        try await ferry(
            arguments: arguments,
            with: variables,
            exits: status,
            in: current,
            calledAs: name,
            sourceLocation: sourceLocation
        )
    }

    /// The same for a list of arguments.
    @discardableResult
    func ferry(
        arguments: [String],
        with variables: [String: String] = [:],
        exits status: Int32? = 0,
        in current: String? = nil,
        calledAs name: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> CommandResult {
        let result = try await runProcess(
            name ?? executable,
            arguments,
            environment: environment.merging(variables) { $1 },
            folder: current ?? folder,
            limit: .seconds(300)
        )
        if let status { #expect(result.status == status, "\(arguments) \(result)", sourceLocation: sourceLocation) }
        return result
    }

    /// Starts the program, for as long as `body` runs.
    @discardableResult
    func withFerry<Result>(
        _ arguments: String...,
        body: (RunningProcess) async throws -> Result
    ) async throws -> Result {
        try await withFerry(arguments: arguments, body: body)
    }

    /// The same for a list of arguments.
    @discardableResult
    func withFerry<Result>(
        arguments: [String],
        body: (RunningProcess) async throws -> Result
    ) async throws -> Result {
        try await withProcess(executable, arguments, environment: environment, folder: folder, body)
    }

    /// Starts the program at a terminal, for as long as `body` runs.
    @discardableResult
    func withTerminal<Result>(
        _ arguments: String...,
        body: (TerminalProcess) async throws -> Result
    ) async throws -> Result {
        try await FerryTestSupport.withTerminal(
            executable,
            arguments,
            environment: environment.merging(["TERM": "xterm"]) { $1 },
            folder: folder,
            body
        )
    }

    /// Makes a link to the program under another name and returns its path.
    func link(named name: String) throws -> String {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: executable)
        return path(name)
    }
}

/// Runs a test in a folder of its own.
///
/// Only a few run at the same time: each has processes and registries of its own, and with dozens at once on two cores
/// all would be slow.
func withScene<Result>(_ body: (Scene) async throws -> Result) async throws -> Result {
    try await places.withPermit {
        try await withTemporaryFolder { folder in try await body(Scene(in: folder)) }
    }
}

/// The same with a registry that is read.
func withScene<Result: Sendable>(_ body: (Scene, TestRegistry) async throws -> Result) async throws -> Result {
    try await withScene { scene in
        try await withRegistry { source in try await body(scene, source) }
    }
}

/// The same with a registry that is read and one that is written.
func withScene<Result: Sendable>(
    _ body: (Scene, TestRegistry, TestRegistry) async throws -> Result
) async throws -> Result {
    try await withScene { scene, source in
        try await withRegistry { target in try await body(scene, source, target) }
    }
}

private let places = AsyncSemaphore(permits: 4)
