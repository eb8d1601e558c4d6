package import RegistryServer

/// What is special about a kind of registry: how it makes itself known, and what it takes.
///
/// The facts are those that the products show to a client; each value is a registry as it is set up by default, and its
/// properties can be changed before it is used.
package struct RegistryProfile: Sendable, CustomStringConvertible {
    /// How it asks who the client is.
    package enum Challenge: Hashable, Sendable {
        /// HTTP Basic with a realm.
        case basic(realm: String)
        /// Tokens from a service at this path of the registry itself; nil for the registry's own authority as service.
        case bearer(path: String, service: String?)
    }

    /// Who may use it.
    package struct Account: Hashable, Sendable {
        /// The user; nil when the password is a token that counts alone.
        package var user: String?
        /// The password.
        package var password: String

        /// Joins the parts.
        package init(user: String?, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// How many parts the names of repositories may have, and what is answered to others.
    package struct Names: Sendable {
        /// How many parts are allowed.
        package var parts: ClosedRange<Int>
        /// The answer to a write under another name.
        package var refusal: Intervention.Answer
    }

    /// What has to be there before the first write.
    package struct Projects: Sendable {
        /// How many parts of a name are the project; nil when each repository has to be made.
        package var parts: Int?
        /// The projects, or repositories, that are there.
        package var existing: Set<String>
        /// The answer to a write elsewhere, with `NAME` for what is missing.
        package var refusal: Intervention.Answer
    }

    /// What it does when a blob is to be mounted.
    package enum Mounts: Hashable, Sendable {
        case done
        /// An upload is begun instead, status 202.
        case ignored
        /// An error is answered.
        case refused(Int)
        /// Blobs are mounted once a manifest of their repository names them; else status 202.
        case afterManifest
    }

    /// What it does when referrers are asked for.
    package enum Referrers: Hashable, Sendable {
        case listed
        /// There is no such endpoint: this status.
        case absent(Int)
        /// An index without entries, whatever there is.
        case empty
        /// Status 200 and the page of a web application.
        case page
    }

    /// The product.
    package var name: String
    /// How it asks who the client is; nil when everybody may do everything.
    package var challenge: Challenge?
    /// Who may use it, when it asks.
    package var account = Account(user: "mirror", password: "secret")
    /// Fields of every answer.
    package var fields: [String: String] = [:]
    /// Answers of further paths, by what they begin with.
    package var pages: [String: Intervention.Answer] = [:]
    /// The names of repositories; nil for any.
    package var names: Names?
    /// What has to exist; nil when the first write makes everything.
    package var projects: Projects?
    /// The largest body that a proxy before it lets through, in bytes.
    package var maximumBody: Int64?
    /// Mounts.
    package var mounts = Mounts.done
    /// Referrers.
    package var referrers = Referrers.listed
    /// The answer to a manifest under a tag that is there already; nil when tags may be changed.
    package var immutableTag: Intervention.Answer?
    /// Whether lists may name images that are not there.
    package var acceptsSparseLists = false
    /// The answer to a list that names lists; nil when those are taken.
    package var nestedListRefusal: Intervention.Answer?
    /// Media types and artifact types that it does not take, and the answer.
    package var refusedTypes: Set<String> = []
    /// The answer to those.
    package var typeRefusal = Intervention.Answer.error(400, code: "MANIFEST_INVALID", message: "manifest invalid")
    /// Whether `Docker-Content-Digest` is missing in answers.
    package var hidesDigests = false

    /// A registry that takes everything from everybody.
    package init(_ name: String) {
        self.name = name
    }

    /// The product.
    package var description: String { name }

    /// The most parts of names that it takes, for `--max-nested-paths`; nil for any number.
    package var maximumParts: Int? { names?.parts.upperBound }

    /// How such a registry behaves; each call begins with an empty one.
    package func behaviour() -> RegistryBehaviour {
        let state = ProfileState(self)
        return { request in state.intervention(for: request) }
    }
}

extension Intervention.Answer {
    /// An answer with the error document of the distribution protocol and a message.
    package static func error(
        _ status: Int,
        code: String,
        message: String,
        fields: [String: String] = [:]
    ) -> Intervention.Answer {
        let text = message.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return Intervention.Answer(
            status: status,
            fields: fields,
            body: #"{"errors":[{"code":"\#(code)","message":"\#(text)"}]}"#
        )
    }

    /// An answer with a page, as proxies and web applications give it.
    package static func html(_ status: Int, _ title: String, fields: [String: String] = [:]) -> Intervention.Answer {
        Intervention.Answer(
            status: status,
            fields: fields.merging(["Content-Type": "text/html"]) { given, _ in given },
            body: "<html><head><title>\(title)</title></head><body><h1>\(title)</h1></body></html>\n"
        )
    }
}

/// Runs a registry of some kind on a free port of this machine for as long as `body` runs.
///
/// - Parameters:
///   - profile: what is special about it.
///   - faults: which requests to spoil.
///   - body: what to do meanwhile.
/// - Returns: what `body` returns.
/// - Throws: what `body`, the store and the server throw.
package func withRegistry<Result: Sendable>(
    like profile: RegistryProfile,
    faults: [FaultRule] = [],
    _ body: (TestRegistry) async throws -> Result
) async throws -> Result {
    try await withRegistry(
        faults: faults,
        behaviour: profile.behaviour(),
        acceptsSparseIndexes: profile.acceptsSparseLists,
        body
    )
}
