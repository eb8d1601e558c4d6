import DispatchLanes
import Foundation
import OCIModel
import OpenSSLCrypto

/// Who may use a registry, by HTTP Basic authentication.
///
/// Only hashes of the credentials are kept.
package struct RegistryUsers: Sendable {
    /// The largest file of users that is read, in bytes.
    private static let maximumFileSize = 1 << 20

    private let hashes: [[UInt8]]

    /// Takes users written as `name:password`.
    ///
    /// - Throws: `RegistryServerError.invalidUsers` when there is none, or one without name or password.
    package init(_ entries: [String]) throws {
        guard !entries.isEmpty else {
            throw RegistryServerError(.invalidUsers, "no user is named, so nobody could use the registry")
        }
        hashes = try entries.enumerated().map { index, entry in
            guard let colon = entry.firstIndex(of: ":"), colon != entry.startIndex,
                entry.index(after: colon) != entry.endIndex
            else {
                // The entry itself is a secret.
                throw RegistryServerError(.invalidUsers, "user \(index + 1) is not written as name:password")
            }
            return try Self.hash(entry)
        }
    }

    /// Reads users from a file, one `name:password` per line; empty lines and lines that begin with `#` do not count.
    ///
    /// - Throws: `RegistryServerError.invalidUsers` when the file is unreadable, over 1 MiB, or holds no valid users.
    package init(contentsOf path: String) async throws {
        let data = try await DispatchLane(label: "registry-users").run { () throws -> Data in
            guard let file = FileHandle(forReadingAtPath: path) else {
                throw RegistryServerError(.invalidUsers, "the file of users \(path) cannot be read")
            }
            defer { file.closeFile() }
            return try file.read(upToCount: Self.maximumFileSize + 1) ?? Data()
        }
        guard data.count <= Self.maximumFileSize else {
            throw RegistryServerError(.invalidUsers, "the file of users \(path) is larger than 1 MiB")
        }
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        do {
            try self.init(lines)
        } catch let error as RegistryServerError {
            throw RegistryServerError(.invalidUsers, "in \(path): \(error)")
        }
    }

    /// Whether an `Authorization` header carries the credentials of one of the users.
    ///
    /// Takes the same time whichever user or character is wrong.
    func admit(_ authorization: String?) -> Bool {
        guard let authorization, authorization.lowercased().hasPrefix("basic "),
            let data = Data(base64Encoded: authorization.dropFirst("basic ".count).trimmingCharacters(in: .whitespaces))
        else { return false }
        let presented: [UInt8]
        do { presented = try Self.hash(String(decoding: data, as: UTF8.self)) } catch { return false }
        var admitted = false
        for hash in hashes {
            let difference = zip(hash, presented).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
            admitted = (difference == 0 && hash.count == presented.count) || admitted
        }
        return admitted
    }

    private static func hash(_ credentials: String) throws -> [UInt8] {
        Array(try ContentHasher.digest(of: credentials.utf8).hex.utf8)
    }
}
