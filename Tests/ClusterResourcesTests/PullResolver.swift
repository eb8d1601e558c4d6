import OCIModel

/// Resolves pulls as a node does, from the text of the files alone.
///
/// The longest source that fits decides over all objects of both kinds; of its mirrors those of the pull's kind are
/// tried. It reads just the one shape of YAML that the golden files fix.
struct PullResolver {
    private var digestMirrors: [String: [String]] = [:]
    private var tagMirrors: [String: [String]] = [:]

    init(files texts: [String]) {
        for text in texts {
            var isDigest = false
            var pending: [String] = []
            for line in text.split(separator: "\n") {
                if line == "kind: ImageDigestMirrorSet" { isDigest = true }
                if line == "kind: ImageTagMirrorSet" { isDigest = false }
                if line.hasPrefix("    - ") { pending.append(String(line.dropFirst(6))) }
                if line.hasPrefix("    source: ") {
                    let source = String(line.dropFirst(12))
                    if isDigest {
                        digestMirrors[source, default: []] += pending
                    } else {
                        tagMirrors[source, default: []] += pending
                    }
                    pending = []
                }
            }
        }
    }

    /// The repositories that a pull tries, mirrors only.
    func repositories(for origin: Repository, byDigest: Bool) -> [String] {
        let name = origin.description
        let sources = Set(digestMirrors.keys).union(tagMirrors.keys)
        let fitting = sources.filter { name == $0 || name.hasPrefix($0 + "/") }
        guard let source = fitting.max(by: { $0.count < $1.count }) else { return [] }
        let mirrors = (byDigest ? digestMirrors : tagMirrors)[source] ?? []
        return mirrors.map { $0 + name.dropFirst(source.count) }
    }
}
