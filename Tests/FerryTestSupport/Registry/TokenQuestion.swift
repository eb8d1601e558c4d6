import Foundation
import OCIModel
import RegistryServer

/// A request for a token, as a service reads it.
struct TokenQuestion {
    /// Who asks.
    enum Identity {
        case nobody
        /// `name:password`.
        case password(String)
        case refreshToken(String)
    }

    let identity: Identity
    let scopes: [String]

    init(_ request: RegistryRequest) {
        let isForm = request.method == "POST"
        let query = request.path.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
        let pairs = Self.pairs(isForm ? request.form ?? "" : query)
        scopes = pairs.filter { $0.0 == "scope" }.flatMap { $0.1.split(separator: " ").map(String.init) }
        if isForm {
            identity = .refreshToken(pairs.first { $0.0 == "refresh_token" }?.1 ?? "")
        } else if let field = request.fields["authorization"], field.hasPrefix("Basic "),
            let data = Data(base64Encoded: String(field.dropFirst("Basic ".count)))
        {
            identity = .password(String(decoding: data, as: UTF8.self))
        } else {
            identity = .nobody
        }
    }

    private static func pairs(_ text: String) -> [(String, String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { part in
                part.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? String(part)
            }
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
    }
}

/// `type:name:action,action`.
struct TokenScope: Hashable {
    let kind: String
    let name: String
    let actions: Set<String>

    init(_ kind: String, _ name: String, _ actions: Set<String>) {
        self.kind = kind
        self.name = name
        self.actions = actions
    }

    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
        guard parts.count == 3 else { return nil }
        self.init(parts[0], parts[1], Set(parts[2].split(separator: ",").map(String.init)))
    }

    var text: String { "\(kind):\(name):\(actions.sorted().joined(separator: ","))" }

    /// What of it is allowed.
    func allowed(by rights: [TokenService.Right]) -> TokenScope {
        let matching = rights.filter { $0.path.isEmpty || name == $0.path || name.hasPrefix($0.path + "/") }
        return TokenScope(kind, name, actions.intersection(matching.flatMap(\.actions)))
    }

    /// Whether it is enough for another one.
    func covers(_ other: TokenScope) -> Bool {
        kind == other.kind && name == other.name && actions.isSuperset(of: other.actions)
    }

    /// What a request must be allowed to do.
    static func needed(by request: RegistryRequest, _ route: RegistryRoute) -> [TokenScope] {
        if case .catalog = route { return [TokenScope("registry", "catalog", ["*"])] }
        guard let repository = route.repository else { return [] }
        switch request.method {
        case "GET" where !route.isUpload, "HEAD": return [TokenScope("repository", repository.text, ["pull"])]
        case "DELETE" where !route.isUpload: return [TokenScope("repository", repository.text, ["delete"])]
        default:
            var needed = [TokenScope("repository", repository.text, ["pull", "push"])]
            let mark = request.path.components(separatedBy: "from=")
            if request.path.contains("mount="), mark.count > 1 {
                let origin = mark[1].prefix { $0 != "&" }.removingPercentEncoding ?? ""
                needed.append(TokenScope("repository", origin, ["pull"]))
            }
            return needed
        }
    }
}

extension RegistryRoute {
    fileprivate var isUpload: Bool {
        switch self {
        case .uploads, .upload: true
        default: false
        }
    }
}
