import Foundation
import OCIModel

/// One authentication file, decoded.
struct AuthFile: Sendable {
    /// What an entry of the file leads to.
    enum Lead: Sendable {
        /// The entry holds the secret.
        case credential(Credential)
        /// A program has it.
        case helper(HelperLead)
    }

    /// An entry of `auths`.
    private struct Entry {
        /// The key as written.
        let key: String
        /// Nil when the entry names the registry and no more: the secret is in the credentials store.
        let secret: Credential.Secret?
    }

    /// An entry of `credHelpers`.
    private struct Helper {
        let key: String
        let name: String
    }

    let path: String
    private let entries: [String: Entry]
    private let helpers: [String: Helper]
    private let store: String?

    /// The largest file that is read, in bytes.
    static let maximumSize = 8 << 20

    /// Decodes `auth.json`, `config.json`, or the old `.dockercfg`, which has the entries at its top.
    ///
    /// - Parameters:
    ///   - path: the file as the user knows it, or the variable with its `$`.
    ///   - bytes: the text.
    ///   - isLegacy: whether it has the form of `.dockercfg`.
    /// - Throws: `RegistryClientError.invalidCredentialFile` that names file and entry, never content.
    init(path: String, bytes: Data, isLegacy: Bool) throws(RegistryClientError) {
        self.path = path
        let document: Document
        do {
            document =
                isLegacy
                ? Document(auths: try JSONDecoder().decode([String: Document.Entry?].self, from: bytes))
                : try JSONDecoder().decode(Document.self, from: bytes)
        } catch let error as DecodingError {
            throw .invalidCredentialFile(path, "is malformed \(Self.place(of: error))")
        } catch {
            throw .invalidCredentialFile(path, "is not JSON")
        }
        var entries: [String: Entry] = [:]
        // Two spellings of one key: the same wins every time.
        for (key, entry) in (document.auths ?? [:]).sorted(by: { $0.key > $1.key }) {
            entries[CredentialKey.normalised(key)] = Entry(
                key: key,
                secret: try Self.secret(entry, key: key, path: path)
            )
        }
        var helpers: [String: Helper] = [:]
        // An empty name takes a registry away from the store; its entry is in the file.
        for (key, name) in (document.credHelpers ?? [:]).sorted(by: { $0.key > $1.key }) {
            helpers[CredentialKey.normalised(key)] = Helper(key: key, name: name)
        }
        self.entries = entries
        self.helpers = helpers
        store = document.credsStore.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Where to look for a credential, in order.
    ///
    /// The longest key comes first; at one key its program before its entry. The file's general store is asked last, as
    /// Docker does, also for registries that no entry names.
    ///
    /// - Parameter keys: the keys that may name the repository, the most specific first.
    /// - Returns: the leads; none when the file has nothing to do with it.
    func leads(_ keys: [String]) -> [Lead] {
        var leads: [Lead] = []
        var isStoreAsked = false
        for key in keys {
            if let helper = helpers[key], !helper.name.isEmpty {
                leads.append(.helper(lead(helper.name, helper.key, in: .credHelpers, isCertain: true)))
            }
            guard let entry = entries[key] else { continue }
            if let secret = entry.secret {
                let finding = CredentialFinding(file: path, entry: entry.key, helper: nil, kind: secret.kind)
                leads.append(.credential(Credential(secret: secret, finding: finding)))
            } else if let store, helpers[key] == nil {
                leads.append(.helper(lead(store, entry.key, in: .credsStore, isCertain: true)))
                isStoreAsked = isStoreAsked || key == keys.last
            }
        }
        if let store, !isStoreAsked, let host = keys.last, helpers[host] == nil {
            let address = host == "docker.io" ? CredentialKey.dockerHubAddress : host
            leads.append(.helper(lead(store, address, in: .credsStore, isCertain: false)))
        }
        return leads
    }

    /// Whether a key names a part of a registry.
    func hasKeys(below host: String) -> Bool {
        entries.keys.contains { $0.hasPrefix(host + "/") } || helpers.keys.contains { $0.hasPrefix(host + "/") }
    }

    /// All secrets that the file holds itself.
    var secrets: [Credential.Secret] { entries.values.compactMap(\.secret) }

    private func lead(_ name: String, _ key: String, in section: HelperLead.Section, isCertain: Bool) -> HelperLead {
        let program = CredentialHelper(name: name)
        return HelperLead(
            helper: program,
            addresses: CredentialKey.addresses(key),
            finding: CredentialFinding(file: path, entry: key, helper: program.program, kind: nil),
            section: section,
            isCertain: isCertain
        )
    }

    private static func secret(
        _ entry: Document.Entry?,
        key: String,
        path: String
    ) throws(RegistryClientError) -> Credential.Secret? {
        if let token = entry?.identitytoken, !token.isEmpty { return .identityToken(token) }
        if let token = entry?.registrytoken, !token.isEmpty {
            guard token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw .invalidCredentialFile(
                    path,
                    "has a \"registrytoken\" in its entry \"\(key.prefix(200))\" with characters that tokens cannot have"
                )
            }
            return .registryToken(token)
        }
        if let auth = entry?.auth, !auth.isEmpty {
            // Docker pads the decoded text with zero bytes.
            guard let data = Data(base64Encoded: auth, options: .ignoreUnknownCharacters),
                let text = String(validating: data.prefix { $0 != 0 }, as: UTF8.self),
                let colon = text.firstIndex(of: ":")
            else {
                throw .invalidCredentialFile(
                    path,
                    "has an \"auth\" in its entry \"\(key.prefix(200))\" that is not the base64 of user:password"
                )
            }
            return .password(user: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
        }
        if let user = entry?.username, let password = entry?.password, !user.isEmpty {
            return .password(user: user, password: password)
        }
        return nil
    }

    /// Where decoding failed; error texts of the decoder may quote content, so they are not used.
    private static func place(of error: DecodingError) -> String {
        let keys: [any CodingKey] =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                context.codingPath
            case .keyNotFound(let key, let context): context.codingPath + [key]
            @unknown default: []
            }
        guard !keys.isEmpty else { return "(it is not a JSON object)" }
        return "at \"" + keys.map { String($0.stringValue.prefix(200)) }.joined(separator: "\" / \"") + "\""
    }
}

/// The members that are read.
private struct Document: Decodable {
    struct Entry: Decodable {
        var auth: String?
        var username: String?
        var password: String?
        var identitytoken: String?
        var registrytoken: String?
    }

    var auths: [String: Entry?]?
    var credHelpers: [String: String]?
    var credsStore: String?

    init(auths: [String: Entry?]) {
        self.auths = auths
    }
}
