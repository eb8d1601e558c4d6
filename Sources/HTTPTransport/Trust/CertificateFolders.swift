/// Where the certificates of single registries lie, as containers-certs.d(5) lays them out:
/// `ROOT/HOST:PORT/{*.crt,*.cert,*.key}`.
package struct CertificateFolders: Hashable, Sendable {
    /// The roots in the order in which they are looked into; the first that has a folder for a host counts alone.
    package let roots: [String]

    /// Takes the roots.
    package init(roots: [String]) {
        self.roots = roots
    }

    /// No folders.
    package static let none = CertificateFolders(roots: [])

    /// Those that the container tools look into: the user's, `/etc/containers/certs.d`, `/etc/docker/certs.d`.
    ///
    /// - Parameters:
    ///   - explicit: a root that the user names, which takes the place of all others.
    ///   - environment: `XDG_CONFIG_HOME` and `HOME` name the user's.
    package init(explicit: String?, environment: [String: String]) {
        if let explicit {
            roots = [explicit]
            return
        }
        let settings =
            environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
            ?? environment["HOME"].flatMap { $0.isEmpty ? nil : "\($0)/.config" }
        roots =
            (settings.map { ["\($0)/containers/certs.d"] } ?? [])
            + ["/etc/containers/certs.d", "/etc/docker/certs.d"]
    }

    /// The folders that may belong to a host, best first: of each root `HOST:PORT`, and `HOST` for port 443.
    func candidates(for origin: HTTPOrigin) -> [String] {
        let host = origin.host.contains(":") ? "[\(origin.host)]" : origin.host
        // Those two are hosts for a URL, and other folders for the system.
        guard host != ".", host != ".." else { return [] }
        return roots.flatMap { root in
            origin.port == 443 ? ["\(root)/\(host)", "\(root)/\(host):443"] : ["\(root)/\(host):\(origin.port)"]
        }
    }

    /// A folder in which a user may put files for a host, for advice; nil without roots.
    func suggestion(for origin: HTTPOrigin) -> String? {
        let root = roots.count == 1 ? roots.first : roots.first { $0.hasPrefix("/etc/") } ?? roots.first
        return root.map { "\($0)/\(origin.authority)" }
    }
}

/// Which files of a host's folder are what.
struct CertificateFolderLayout: Hashable {
    /// `*.crt`: authorities that are trusted for the host, too.
    var authorities: [String] = []
    /// `*.cert` with its `*.key`: what this side identifies itself with, the first by name when there are several.
    var identity: (certificate: String, key: String)? { identityName.map { ("\($0).cert", "\($0).key") } }

    private var identityName: String?

    /// What is wrong with a folder, and with which of its files.
    struct Problem: Error {
        let file: String
        let reason: String
    }

    /// Sorts the names of a folder; others than those three kinds are passed over.
    ///
    /// - Throws: ``Problem`` for a certificate without key, and for a key without certificate.
    init(names: [String]) throws(Problem) {
        let all = Set(names)
        for name in names.sorted() {
            if name.hasSuffix(".crt") { authorities.append(name) }
            if name.hasSuffix(".cert") {
                let base = String(name.dropLast(".cert".count))
                guard all.contains("\(base).key") else {
                    throw Problem(
                        file: name,
                        reason: "has no key \(base).key beside it; authorities have names that end in .crt"
                    )
                }
                if identityName == nil { identityName = base }
            }
            if name.hasSuffix(".key") {
                let base = String(name.dropLast(".key".count))
                guard all.contains("\(base).cert") else {
                    throw Problem(file: name, reason: "has no client certificate \(base).cert beside it")
                }
            }
        }
    }
}
