import Foundation
import HTTPTransport

/// An entry of `users`.
///
/// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
struct UserEntry: Sendable {
    /// Name and file for messages.
    let title: String
    /// The value of `Authorization`.
    let authorization: String?
    /// The client certificate.
    let identity: ClientIdentity?

    /// Whether there is anything to show to a server.
    var hasCredentials: Bool { authorization != nil || identity != nil }

    /// Decodes an entry.
    ///
    /// - Throws: `ClusterAccessError.invalidKubeconfig`, `.unsupportedKubeconfig`, `.unreadableFile`.
    init(
        _ entry: Kubeconfig.Entry,
        read: (String) throws(ClusterAccessError) -> [UInt8]?
    ) throws(ClusterAccessError) {
        title = entry.title
        guard let content = entry.content else {
            authorization = nil
            identity = nil
            return
        }
        try Self.refuseUnsupported(content, entry.title)
        identity = try Self.identity(content, read)
        let token = try Self.token(content, read)
        let (user, password) = (try content.text("username"), try content.text("password"))
        guard token == nil || (user == nil && password == nil) else {
            throw content.mistake("has a token and a user name or password; remove one of them")
        }
        if let token {
            authorization = "Bearer \(token)"
        } else if user != nil || password != nil {
            guard let user, let password, !user.contains(":") else {
                throw content.mistake("must have both username (without \":\") and password, or neither")
            }
            authorization = "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
        } else {
            authorization = nil
        }
    }

    private static func refuseUnsupported(_ content: KubeconfigNode, _ title: String) throws(ClusterAccessError) {
        for (member, what) in [("exec", "a program (exec)"), ("auth-provider", "a plug-in (auth-provider)")] {
            guard try content.member(member) != nil else { continue }
            throw ClusterAccessError(
                .unsupportedKubeconfig,
                "the \(title) gets its credentials from \(what), which ferry does not run; use a kubeconfig with a token, "
                    + "as oc login --kubeconfig FILE --token TOKEN makes it"
            )
        }
        for member in ["as", "as-uid", "as-groups", "as-user-extra"] where try content.member(member) != nil {
            throw ClusterAccessError(
                .unsupportedKubeconfig,
                "the \(title) acts as somebody else (\(member)), which ferry does not do; "
                    + "use a kubeconfig whose user may do the work himself"
            )
        }
    }

    private static func identity(
        _ content: KubeconfigNode,
        _ read: (String) throws(ClusterAccessError) -> [UInt8]?
    ) throws(ClusterAccessError) -> ClientIdentity? {
        let certificate = try PEMSource("client-certificate").read(content, read)
        let key = try PEMSource("client-key").read(content, read)
        if certificate == nil, key == nil { return nil }
        guard let certificate, let key else {
            throw content.mistake(
                "must have both client-certificate and client-key (each may end in -data), or neither"
            )
        }
        return ClientIdentity(certificate: certificate, key: key)
    }

    /// The file goes before the member, as it may be newer.
    private static func token(
        _ content: KubeconfigNode,
        _ read: (String) throws(ClusterAccessError) -> [UInt8]?
    ) throws(ClusterAccessError) -> String? {
        if let path = try content.text("tokenFile") {
            let file = KubeconfigFile.resolve(path, namedIn: content.file)
            guard let bytes = try read(file) else {
                throw ClusterAccessError(
                    .unreadableFile,
                    "there is no file \(file), which \(content.place).tokenFile of \(content.file) names"
                )
            }
            guard let token = trimmed(String(decoding: bytes, as: UTF8.self)) else {
                throw ClusterAccessError(.invalidKubeconfig, "the file \(file) does not hold a token")
            }
            return token
        }
        guard let text = try content.text("token") else { return nil }
        guard let token = trimmed(text) else { throw content.mistake("has a token with characters that none has") }
        return token
    }

    /// A token without the white space around it; nil when it could not stand in a header.
    private static func trimmed(_ text: String) -> String? {
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return !token.isEmpty && token.utf8.allSatisfy { (0x21...0x7e).contains($0) } ? token : nil
    }
}
