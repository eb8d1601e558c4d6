/// All kubeconfig files together, merged as kubectl does it.
///
/// The first file that has an entry of a name wins with that whole entry, and the first file that names a current
/// context wins:
/// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
struct Kubeconfig {
    /// The lists of named entries.
    enum Section: String, CaseIterable {
        case clusters
        case contexts
        case users

        /// The member of an entry that has its content.
        var member: String { String(rawValue.dropLast()) }
    }

    /// An entry of a list.
    struct Entry {
        /// Its name.
        let name: String
        /// Its content; nil when it has none.
        let content: KubeconfigNode?
        /// The list it is in.
        let section: Section
        /// The file it is in.
        let file: String

        /// Name and file for messages, `user "admin" in /home/me/.kube/config`.
        var title: String { "\(section.member) \"\(name.prefix(80))\" in \(file)" }
    }

    /// The current context, and the file that names it.
    private(set) var currentContext: String?
    private var entries: [Section: [String: Entry]] = [:]
    private let files: [String]

    /// Reads and merges files; those that are not there are left out, as long as there is one.
    ///
    /// - Parameters:
    ///   - locations: the files.
    ///   - read: reads a file, nil when there is none.
    /// - Throws: `ClusterAccessError.kubeconfigNotFound`, `.unreadableFile`, `.invalidKubeconfig`.
    init(
        _ locations: KubeconfigLocations,
        read: (String) throws(ClusterAccessError) -> [UInt8]?
    ) throws(ClusterAccessError) {
        var files: [String] = []
        var documents: [KubeconfigNode] = []
        for path in locations.paths {
            guard let bytes = try read(path) else { continue }
            files.append(path)
            if let document = try KubeconfigNode(parsing: bytes, file: path) { documents.append(document) }
        }
        guard !files.isEmpty else { throw Self.notFound(locations) }
        self.files = files
        for document in documents {
            if currentContext == nil { currentContext = try document.text("current-context") }
            for section in Section.allCases { try merge(section, of: document) }
        }
    }

    /// The entry of a name.
    ///
    /// - Parameters:
    ///   - section: the list.
    ///   - name: the name.
    ///   - reason: why it is looked for, the end of a sentence.
    /// - Returns: the entry.
    /// - Throws: `ClusterAccessError.kubeconfigEntryNotFound`.
    func entry(_ section: Section, _ name: String, _ reason: String) throws(ClusterAccessError) -> Entry {
        if let entry = entries[section]?[name] { return entry }
        let names = (entries[section] ?? [:]).keys.sorted().prefix(20).map { "\"\($0.prefix(80))\"" }
        throw ClusterAccessError(
            .kubeconfigEntryNotFound,
            "there is no \(section.member) \"\(name.prefix(80))\" in \(files.joined(separator: ", ")), \(reason); "
                + (names.isEmpty ? "there is none at all" : "there are: \(names.joined(separator: ", "))")
        )
    }

    /// The name of the context to use.
    ///
    /// - Throws: `ClusterAccessError.kubeconfigEntryNotFound` when none is current.
    func contextName(_ wanted: String?) throws(ClusterAccessError) -> String {
        if let name = wanted ?? currentContext { return name }
        throw ClusterAccessError(
            .kubeconfigEntryNotFound,
            "no context is current in \(files.joined(separator: ", ")); name one with --context, or log in with oc login"
        )
    }

    private mutating func merge(_ section: Section, of document: KubeconfigNode) throws(ClusterAccessError) {
        guard let list = try document.member(section.rawValue) else { return }
        var names: Set<String> = []
        for item in try list.items() {
            guard let name = try item.text("name") else { throw item.mistake("has no name") }
            guard names.insert(name).inserted else {
                throw item.mistake("has the same name as an entry before it, \"\(name.prefix(80))\"")
            }
            guard entries[section]?[name] == nil else { continue }
            entries[section, default: [:]][name] = Entry(
                name: name,
                content: try item.member(section.member),
                section: section,
                file: document.file
            )
        }
    }

    private static func notFound(_ locations: KubeconfigLocations) -> ClusterAccessError {
        let paths = locations.paths.map { "\"\($0)\"" }.joined(separator: ", ")
        return ClusterAccessError(
            .kubeconfigNotFound,
            locations.isExplicit
                ? "there is no kubeconfig \(paths); name another file with --kubeconfig"
                : "there is no kubeconfig" + (paths.isEmpty ? "" : " (looked for \(paths))")
                    + "; name one with --kubeconfig or KUBECONFIG, or log in with oc login"
        )
    }
}

extension ClusterAccessError.Code {
    /// No kubeconfig is there.
    package static let kubeconfigNotFound = ClusterAccessError.Code("kubeconfigNotFound")
    /// A context, cluster or user that no kubeconfig has.
    package static let kubeconfigEntryNotFound = ClusterAccessError.Code("kubeconfigEntryNotFound")
}
