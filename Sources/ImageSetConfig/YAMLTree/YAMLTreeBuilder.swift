import Yams

/// Turns the nodes of the YAML library into ``YAMLNode``s: follows aliases, merges, and resolves scalars, under limits.
struct YAMLTreeBuilder {
    /// How many nodes a document may have, aliases followed.
    static let maximumNodes = 250_000
    /// How deep values may be nested.
    static let maximumDepth = 100

    private let text: YAMLText
    private let diagnostics: DiagnosticCollector
    private var anchors: [String: YAMLNode] = [:]
    private var nodeCount = 0
    /// Whether a limit was passed, so that the tree is not whole.
    private(set) var isExhausted = false

    /// Makes a builder for one document.
    init(text: YAMLText, diagnostics: DiagnosticCollector) {
        self.text = text
        self.diagnostics = diagnostics
    }

    /// Builds the tree; mistakes go to the collector, and what is at fault becomes null.
    mutating func build(_ node: Node, depth: Int = 0) -> YAMLNode {
        let location = Self.location(node.mark)
        guard !isExhausted, depth <= Self.maximumDepth else {
            if !isExhausted {
                fail(.nestingTooDeep, at: location, "values are nested more than \(Self.maximumDepth) levels deep")
            }
            return Self.faulty(at: location)
        }
        let built: YAMLNode
        switch node {
        case .scalar(let scalar): built = self.scalar(scalar, at: location)
        case .sequence(let sequence):
            count(1, at: location)
            let items = sequence.map { build($0, depth: depth + 1) }
            built = YAMLNode(
                location: location,
                width: 1,
                content: .sequence(items),
                nodeCount: items.reduce(1) { $0 + $1.nodeCount }
            )
        case .mapping(let mapping): built = self.mapping(mapping, at: location, depth: depth)
        case .alias: built = Self.faulty(at: location)
        }
        if let anchor = node.anchor { anchors[text.restored(anchor.rawValue)] = built }
        return built
    }

    private mutating func scalar(_ scalar: Node.Scalar, at location: SourceLocation) -> YAMLNode {
        let raw = text.undisguised(scalar.string, at: location)
        if scalar.style == .plain, raw.unicodeScalars.first == text.star {
            return alias(text.restored(raw), at: location)
        }
        let string = text.restored(raw)
        count(1, at: location)
        let quotes = scalar.style == .singleQuoted || scalar.style == .doubleQuoted ? 2 : 0
        return YAMLNode(
            location: location,
            width: string.unicodeScalars.count + quotes,
            content: .scalar(YAMLScalar(text: string, value: Self.value(of: scalar, string: string))),
            nodeCount: 1
        )
    }

    private static func value(of scalar: Node.Scalar, string: String) -> YAMLScalarValue {
        switch scalar.tag.rawValue {
        case "" where scalar.style == .plain: YAMLScalarValue(plain: string)
        case "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:null":
            YAMLScalarValue(plain: string)
        default: .string
        }
    }

    private mutating func alias(_ name: String, at location: SourceLocation) -> YAMLNode {
        let width = name.unicodeScalars.count
        guard let target = anchors[String(name.dropFirst())] else {
            diagnostics.add(
                Diagnostic(
                    .error,
                    .undefinedAlias,
                    at: location,
                    width: width,
                    message: "\"\(name.prefix(80))\" is a YAML alias, and no anchor of that name stands before it",
                    help: "if this is meant as text, quote it: \"\(name.prefix(80))\""
                )
            )
            return Self.faulty(at: location)
        }
        count(target.nodeCount, at: location)
        return YAMLNode(location: location, width: width, content: target.content, nodeCount: target.nodeCount)
    }

    private mutating func mapping(_ mapping: Node.Mapping, at location: SourceLocation, depth: Int) -> YAMLNode {
        var entries: [YAMLEntry] = []
        var merged: [YAMLEntry] = []
        var total = 1
        count(1, at: location)
        for (key, value) in mapping {
            let keyLocation = Self.location(key.mark)
            guard case .scalar(let scalar) = key else {
                fail(.complexKey, at: keyLocation, "a list or an object cannot be a key here", stops: false)
                continue
            }
            let keyNode = self.scalar(scalar, at: keyLocation)
            let node = build(value, depth: depth + 1)
            // Each value was counted when built; the sum is needed for aliases to this mapping.
            total += 1 + node.nodeCount
            guard case .scalar(let resolved) = keyNode.content else {
                fail(.complexKey, at: keyLocation, "a list or an object cannot be a key here", stops: false)
                continue
            }
            if resolved.text == "<<", scalar.style == .plain {
                merged += merge(node)
                continue
            }
            entries.append(
                YAMLEntry(
                    key: resolved.text,
                    location: keyLocation,
                    width: keyNode.width,
                    isMerged: false,
                    value: node
                )
            )
        }
        if !merged.isEmpty {
            var known = Set(entries.map(\.key))
            entries += merged.filter { known.insert($0.key).inserted }
        }
        return YAMLNode(location: location, width: 1, content: .mapping(entries), nodeCount: total)
    }

    private mutating func merge(_ node: YAMLNode) -> [YAMLEntry] {
        switch node.content {
        case .mapping(let entries):
            return entries.map {
                YAMLEntry(key: $0.key, location: $0.location, width: $0.width, isMerged: true, value: $0.value)
            }
        case .sequence(let items):
            return items.flatMap { item -> [YAMLEntry] in
                guard case .mapping = item.content else {
                    fail(
                        .invalidMerge,
                        at: item.location,
                        "\"<<\" merges objects, and this is \(item.kindName)",
                        stops: false
                    )
                    return []
                }
                return merge(item)
            }
        case .scalar:
            fail(.invalidMerge, at: node.location, "\"<<\" merges objects, and this is \(node.kindName)", stops: false)
            return []
        }
    }

    private mutating func count(_ nodes: Int, at location: SourceLocation) {
        nodeCount += nodes
        guard nodeCount > Self.maximumNodes, !isExhausted else { return }
        fail(.tooManyNodes, at: location, "the file has more than \(Self.maximumNodes) values, with aliases followed")
    }

    private mutating func fail(
        _ code: Diagnostic.Code,
        at location: SourceLocation,
        _ message: String,
        stops: Bool = true
    ) {
        diagnostics.add(Diagnostic(.error, code, at: location, message: message))
        if stops { isExhausted = true }
    }

    private static func location(_ mark: Mark?) -> SourceLocation {
        mark.map { SourceLocation(line: $0.line, column: $0.column) } ?? .start
    }

    private static func faulty(at location: SourceLocation) -> YAMLNode {
        YAMLNode(location: location, width: 1, content: .scalar(YAMLScalar(text: "", value: .faulty)), nodeCount: 1)
    }
}
