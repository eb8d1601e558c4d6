import Foundation
import OCIModel

/// One authentication file, decoded.
struct AuthFile: Sendable {
    /// An entry of `auths`.
    private enum Entry {
        case credential(Credential)
        /// Named, without a secret: that is in the credentials store.
        case empty
    }

    let path: String
    private let entries: [String: Entry]
    private let helpers: [String: String]
    private let store: String?

    /// The largest file that is read, in bytes.
    static let maximumSize = 8 << 20

    /// Decodes `auth.json`, `config.json`, or the old `.dockercfg`, which has the entries at its top.
    ///
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
            entries[CredentialKey.normalised(key)] = try Self.entry(entry, key: key, path: path)
        }
        self.entries = entries
        helpers = Dictionary(
            (document.credHelpers ?? [:]).sorted { $0.key < $1.key }
                .map { (CredentialKey.normalised($0.key), $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        store = document.credsStore.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The credential of the first key that the file has; nil when it has none of them.
    ///
    /// - Throws: `RegistryClientError.credentialHelperUnsupported` when the file leaves the secret to a program.
    func credential(_ candidates: [String]) throws(RegistryClientError) -> Credential? {
        for key in candidates {
            if let helper = helpers[key] { throw .credentialHelperUnsupported(path, entry: key, helper: helper) }
            switch entries[key] {
            case .credential(let credential): return credential
            case .empty:
                if let store { throw .credentialHelperUnsupported(path, entry: key, helper: store) }
            case nil: break
            }
        }
        return nil
    }

    private static func entry(
        _ entry: Document.Entry?,
        key: String,
        path: String
    ) throws(RegistryClientError) -> Entry {
        let origin = "\(path), entry \"\(key.prefix(200))\""
        if let token = entry?.identitytoken, !token.isEmpty {
            return .credential(Credential(secret: .identityToken(token), origin: origin))
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
            let user = String(text[..<colon])
            let password = String(text[text.index(after: colon)...])
            return .credential(Credential(secret: .password(user: user, password: password), origin: origin))
        }
        if let user = entry?.username, let password = entry?.password, !user.isEmpty {
            return .credential(Credential(secret: .password(user: user, password: password), origin: origin))
        }
        return .empty
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
    }

    var auths: [String: Entry?]?
    var credHelpers: [String: String]?
    var credsStore: String?

    init(auths: [String: Entry?]) {
        self.auths = auths
    }
}
