import DispatchLanes
import Foundation
package import OCIModel

/// The credentials that were found when the program started.
package struct CredentialStore: Sendable {
    /// No credentials at all.
    package static let none = CredentialStore(files: [], searched: [])

    private let files: [AuthFile]
    /// The files that were looked for, for messages.
    package let searched: [String]

    private init(files: [AuthFile], searched: [String]) {
        self.files = files
        self.searched = searched
    }

    /// Reads the authentication files of `podman`, `skopeo` and `docker`, each once.
    ///
    /// - Parameters:
    ///   - authFile: the value of `--authfile`; it and `REGISTRY_AUTH_FILE` take the place of all other files.
    ///   - environment: the environment.
    ///   - root: the folder that stands for `/`; relative paths are left alone when it is `/`.
    ///   - userID: the user's number.
    /// - Returns: the store.
    /// - Throws: `RegistryClientError.invalidCredentialFile` for a file that is malformed, too large or not readable,
    ///   and for a named file that is missing.
    package static func load(
        authFile: String?,
        environment: [String: String],
        root: String = "/",
        userID: UInt32
    ) async throws -> CredentialStore {
        let locations = CredentialLocations(explicit: authFile, environment: environment, userID: userID).all
        let lanes = DispatchLanes(label: "credentials", width: 1)
        let files = try await lanes.run {
            try locations.compactMap { location in
                try read(location, at: root == "/" ? location.path : root + "/" + location.path)
            }
        }
        return CredentialStore(files: files, searched: locations.map(\.path))
    }

    /// The credential for a repository: the first file that has one, and in it the longest key.
    ///
    /// - Parameters:
    ///   - registry: the registry as references name it.
    ///   - repository: the repository; nil for the registry as a whole.
    /// - Returns: the credential; nil when there is none.
    /// - Throws: `RegistryClientError.credentialHelperUnsupported`.
    package func credential(
        for registry: RegistryName,
        _ repository: RepositoryPath?
    ) throws(RegistryClientError) -> Credential? {
        let candidates = CredentialKey.candidates(for: registry, repository)
        for file in files {
            if let credential = try file.credential(candidates) { return credential }
        }
        return nil
    }

    private static func read(_ location: CredentialLocations.Location, at path: String) throws -> AuthFile? {
        guard FileManager.default.fileExists(atPath: path) else {
            guard location.isRequired else { return nil }
            throw RegistryClientError.invalidCredentialFile(location.path, "does not exist")
        }
        let bytes: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }  // it was only read
            bytes = try handle.read(upToCount: AuthFile.maximumSize + 1) ?? Data()
        } catch {
            throw RegistryClientError.invalidCredentialFile(location.path, "cannot be read; check its permissions")
        }
        guard bytes.count <= AuthFile.maximumSize else {
            throw RegistryClientError.invalidCredentialFile(
                location.path,
                "is larger than \(AuthFile.maximumSize) bytes"
            )
        }
        // An empty file is what a tool that was interrupted leaves; others treat it as having no entries, too.
        if bytes.isEmpty { return nil }
        return try AuthFile(path: location.path, bytes: bytes, isLegacy: location.isLegacy)
    }
}
