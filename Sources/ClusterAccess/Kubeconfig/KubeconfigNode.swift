import Foundation
import Yams

/// A value in a kubeconfig, with its place for messages, which never quote it: it may be a secret.
struct KubeconfigNode {
    /// The file.
    let file: String
    /// The place in the file, such as `users[0].user.token`.
    let place: String
    private let node: Node
    /// What stands for `*` in the text that the YAML library was given.
    private let star: Unicode.Scalar

    /// Reads the first document of a file; nil when it is empty.
    ///
    /// - Throws: `ClusterAccessError.invalidKubeconfig` that names the file and, if known, the line.
    init?(parsing bytes: [UInt8], file: String) throws(ClusterAccessError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.mistake(file, "it is not UTF-8 text")
        }
        // The YAML library follows aliases while it reads and hashes whole keys, which a few lines of nested aliases
        // keep busy for ever. A character that the text does not have, in place of "*", makes texts of aliases.
        guard
            let star = (0xE000...0xF8FF as ClosedRange<UInt32>).lazy.compactMap({ Unicode.Scalar($0) })
                .first(where: { !text.unicodeScalars.contains($0) })
        else {
            throw Self.mistake(file, "it has every private-use character")
        }
        try Self.checkDepth(text, file)
        var prepared = String.UnicodeScalarView()
        for (index, scalar) in text.unicodeScalars.enumerated() where index > 0 || scalar != "\u{FEFF}" {
            prepared.append(scalar == "*" ? star : scalar)
        }
        // The library keeps a pointer into the text, which short ones do not have.
        prepared.append(contentsOf: String(repeating: "\n", count: 64).unicodeScalars)
        let root: Node?
        do {
            root = try Parser(yaml: String(prepared), resolver: .basic, encoding: .utf8).nextRoot()
        } catch YamlError.scanner(_, _, let mark, _), YamlError.parser(_, _, let mark, _),
            YamlError.composer(_, _, let mark, _)
        {
            throw Self.mistake(file, "it is not valid YAML in line \(mark.line)")
        } catch YamlError.duplicatedKeysInMapping(_, let context) {
            throw Self.mistake(file, "a key stands twice in the object in line \(context.mark.line)")
        } catch {
            throw Self.mistake(file, "it is not valid YAML")
        }
        guard let root else { return nil }
        self.init(file: file, place: "", node: root, star: star)
        if isNull { return nil }
    }

    private init(file: String, place: String, node: Node, star: Unicode.Scalar) {
        self.file = file
        self.place = place
        self.node = node
        self.star = star
    }

    /// The value of a key; nil when the key is missing or its value is null.
    ///
    /// - Throws: `ClusterAccessError.invalidKubeconfig` when this is no object.
    func member(_ name: String) throws(ClusterAccessError) -> KubeconfigNode? {
        guard case .mapping(let mapping) = node else { throw mistake("is not an object") }
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key, scalar.string == name || scalar.string == "<<" else { continue }
            guard scalar.string == name else { throw mistake("has the merge key \"<<\", which is not supported") }
            let child = KubeconfigNode(
                file: file,
                place: place.isEmpty ? name : "\(place).\(name)",
                node: value,
                star: star
            )
            return child.isNull ? nil : child
        }
        return nil
    }

    /// The items of a list.
    ///
    /// - Throws: `ClusterAccessError.invalidKubeconfig` when this is no list.
    func items() throws(ClusterAccessError) -> [KubeconfigNode] {
        guard case .sequence(let sequence) = node else { throw mistake("is not a list") }
        return sequence.enumerated().map { index, item in
            KubeconfigNode(file: file, place: "\(place)[\(index)]", node: item, star: star)
        }
    }

    /// The text of a key; nil when the key is missing or the text is empty.
    ///
    /// - Throws: `ClusterAccessError.invalidKubeconfig`.
    func text(_ name: String) throws(ClusterAccessError) -> String? {
        guard let text = try member(name)?.text(), !text.isEmpty else { return nil }
        return text
    }

    /// This as text; a number, as an unquoted password may look like one, is the text as it is written.
    ///
    /// - Throws: `ClusterAccessError.invalidKubeconfig`.
    func text() throws(ClusterAccessError) -> String {
        guard case .scalar(let scalar) = node else { throw mistake("is not text") }
        guard scalar.style != .plain || scalar.string.unicodeScalars.first != star else {
            throw mistake("is an alias (\"*…\"), which is not supported")
        }
        var text = String.UnicodeScalarView()
        for scalar in scalar.string.unicodeScalars { text.append(scalar == star ? "*" : scalar) }
        return String(text)
    }

    /// The bytes of a key whose text is base64; nil when the key is missing or the text is empty.
    ///
    /// - Throws: `ClusterAccessError.invalidKubeconfig`.
    func base64(_ name: String) throws(ClusterAccessError) -> [UInt8]? {
        guard let child = try member(name) else { return nil }
        let text = try child.text().filter { !$0.isWhitespace }
        guard !text.isEmpty else { return nil }
        guard let data = Data(base64Encoded: text) else { throw child.mistake("is not base64") }
        return Array(data)
    }

    /// The boolean of a key; false when the key is missing.
    ///
    /// - Throws: `ClusterAccessError.invalidKubeconfig`.
    func flag(_ name: String) throws(ClusterAccessError) -> Bool {
        guard let child = try member(name) else { return false }
        guard case .scalar(let scalar) = child.node, scalar.style == .plain,
            let value = ["true": true, "false": false][scalar.string.lowercased()]
        else {
            throw child.mistake("is neither true nor false")
        }
        return value
    }

    /// The error of what is wrong here.
    func mistake(_ reason: String) -> ClusterAccessError {
        Self.mistake(file, place.isEmpty ? "it \(reason)" : "\(place) \(reason)")
    }

    private static func mistake(_ file: String, _ reason: String) -> ClusterAccessError {
        ClusterAccessError(.invalidKubeconfig, "the kubeconfig \(file) cannot be used: \(reason)")
    }

    private var isNull: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// Refuses brackets nested so deep that reading them takes long.
    private static func checkDepth(_ text: String, _ file: String) throws(ClusterAccessError) {
        // Brackets inside of quotes count as well: nothing that a kubeconfig holds has so many.
        var depth = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth = max(0, depth - 1) }
            guard depth <= 200 else { throw mistake(file, "more than 200 brackets are open at one place") }
        }
    }
}

extension ClusterAccessError.Code {
    /// A kubeconfig that is malformed or contradicts itself.
    package static let invalidKubeconfig = ClusterAccessError.Code("invalidKubeconfig")
}
