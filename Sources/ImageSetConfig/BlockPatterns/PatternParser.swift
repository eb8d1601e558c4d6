/// Reads regular expressions of RE2's syntax, https://github.com/google/re2/wiki/Syntax.
///
/// What RE2 refuses is refused: back-references, look-around, possessive and atomic groups, `\Z`, counts over 1000.
struct PatternParser {
    /// The options that `(?…)` sets.
    private struct Options {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
    }

    private static let maximumDepth = 200
    private static let maximumCount = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var options = Options()

    /// Parses a whole expression.
    ///
    /// - Throws: `BlockPatternError` with the first mistake.
    static func parse(_ text: String) throws(BlockPatternError) -> PatternNode {
        var parser = PatternParser(scalars: Array(text.unicodeScalars))
        let node = try parser.alternatives(depth: 0)
        guard parser.position == parser.scalars.count else {
            throw BlockPatternError(message: "unexpected \")\"")
        }
        return node
    }

    private init(scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func follows(_ text: String) -> Bool { scalars[position...].starts(with: text.unicodeScalars) }

    private mutating func take(_ text: String) -> Bool {
        guard follows(text) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    /// Alternatives up to the end or a closing parenthesis, which is left.
    private mutating func alternatives(depth: Int) throws(BlockPatternError) -> PatternNode {
        guard depth <= Self.maximumDepth else {
            throw BlockPatternError(message: "groups are nested more than \(Self.maximumDepth) levels deep")
        }
        var branches = [try sequence(depth: depth)]
        while take("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence(depth: Int) throws(BlockPatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let start = position
            if let counts = try counts() {
                guard let last = nodes.popLast() else {
                    throw BlockPatternError(message: "missing argument to repetition operator: `\(text(from: start))`")
                }
                _ = take("?")
                let end = position
                guard try self.counts() == nil else {
                    throw BlockPatternError(message: "invalid nested repetition operator: `\(text(from: start))`")
                }
                position = end
                let node = PatternNode.repeated(last, minimum: counts.minimum, maximum: counts.maximum)
                guard Self.copies(node) <= Self.maximumCount else {
                    throw BlockPatternError(message: "invalid repeat count: more than \(Self.maximumCount) in all")
                }
                nodes.append(node)
            } else if take("\\Q") {
                while position < scalars.count, !take("\\E") {
                    nodes.append(.character(literal(scalars[position])))
                    position += 1
                }
            } else if scalar == "(" {
                if let group = try group(depth: depth) { nodes.append(group) }
            } else {
                nodes.append(try atom(scalar))
            }
        }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private func text(from start: Int) -> String {
        String(String.UnicodeScalarView(scalars[start..<min(position, scalars.count)]))
    }

    /// How often counted repetitions repeat the innermost node, as RE2 limits it.
    private static func copies(_ node: PatternNode) -> Int {
        switch node {
        case .repeated(let inner, let minimum, let maximum):
            let count = max(1, maximum ?? minimum)
            let (product, overflows) = count.multipliedReportingOverflow(by: copies(inner))
            return overflows ? .max : product
        case .sequence(let nodes), .alternatives(let nodes): return nodes.map { copies($0) }.max() ?? 1
        case .empty, .character, .assertion: return 1
        }
    }

    /// A repetition operator at this place; nil, with nothing taken, when there is none.
    private mutating func counts() throws(BlockPatternError) -> (minimum: Int, maximum: Int?)? {
        switch next {
        case "*":
            position += 1
            return (0, nil)
        case "+":
            position += 1
            return (1, nil)
        case "?":
            position += 1
            return (0, 1)
        case "{":
            // Anything else in braces is plain text.
            guard let close = scalars[position...].firstIndex(of: "}") else { return nil }
            let inside = String(String.UnicodeScalarView(scalars[position + 1..<close]))
            let parts = inside.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
            let isCount = { (part: Substring) in !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            guard isCount(parts[0]), parts.count == 1 || parts[1].isEmpty || isCount(parts[1]) else { return nil }
            position = close + 1
            let minimum = Int(parts[0]) ?? .max
            let maximum = parts.count == 1 ? minimum : parts[1].isEmpty ? nil : Int(parts[1]) ?? .max
            guard minimum <= Self.maximumCount, maximum ?? 0 <= Self.maximumCount, minimum <= maximum ?? .max else {
                throw BlockPatternError(
                    message:
                        "invalid repeat count: `{\(inside)}`; counts go up to \(Self.maximumCount), the smaller one first"
                )
            }
            return (minimum, maximum)
        default: return nil
        }
    }

    /// A group, or nil for one that only sets options.
    private mutating func group(depth: Int) throws(BlockPatternError) -> PatternNode? {
        let outer = options
        position += 1
        if take("?") {
            if follows("=") || follows("!") || follows("<=") || follows("<!") {
                throw BlockPatternError(message: "look-around such as `(?=…)` is not supported by RE2")
            }
            if follows(">") { throw BlockPatternError(message: "atomic groups `(?>…)` are not supported by RE2") }
            if follows("#") { throw BlockPatternError(message: "comments `(?#…)` are not supported by RE2") }
            if take("P<") || take("<") {
                try groupName()
            } else if follows("P") {
                throw BlockPatternError(
                    message: "invalid named capture; `(?P<name>…)` is the form, and `(?P=name)` is not supported by RE2"
                )
            } else if try !optionLetters() {
                // Options alone are good until the end of the group around them.
                return nil
            }
        }
        let node = try alternatives(depth: depth + 1)
        guard take(")") else { throw BlockPatternError(message: "missing closing \")\"") }
        options = outer
        return node
    }

    private mutating func groupName() throws(BlockPatternError) {
        let start = position
        while let scalar = next, scalar != ">" {
            let isWord = scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            guard isWord else { break }
            position += 1
        }
        let isEmpty = position == start
        guard !isEmpty, take(">") else {
            throw BlockPatternError(
                message: "invalid named capture: a name of letters, digits and \"_\" must end with \">\""
            )
        }
    }

    /// Option letters after `(?`.
    ///
    /// - Returns: Whether a group follows the colon; otherwise the parenthesis was closed.
    private mutating func optionLetters() throws(BlockPatternError) -> Bool {
        var (value, hasLetter) = (true, false)
        while let scalar = next {
            position += 1
            switch scalar {
            case "i": options.ignoresCase = value
            case "m": options.isMultiline = value
            case "s": options.dotMatchesNewline = value
            // Which of several matches is found makes no difference here.
            case "U": break
            case "-" where value:
                (value, hasLetter) = (false, false)
                continue
            case ":" where value || hasLetter: return true
            case ")" where value || hasLetter: return false
            default:
                throw BlockPatternError(
                    message: "invalid or unsupported syntax: `(?\(scalar)`; the options are i, m, s and U"
                )
            }
            hasLetter = true
        }
        throw BlockPatternError(message: "missing closing \")\"")
    }

    private func literal(_ scalar: Unicode.Scalar) -> PatternNode.CharacterSet {
        PatternNode.CharacterSet(items: [.range(scalar.value...scalar.value)], ignoresCase: options.ignoresCase)
    }

    private mutating func atom(_ scalar: Unicode.Scalar) throws(BlockPatternError) -> PatternNode {
        position += 1
        switch scalar {
        case ".":
            return .character(
                PatternNode.CharacterSet(items: options.dotMatchesNewline ? [] : [.range(10...10)], isNegated: true)
            )
        case "^": return .assertion(options.isMultiline ? .lineStart : .textStart)
        case "$": return .assertion(options.isMultiline ? .lineEnd : .textEnd)
        case "[": return .character(try characterClass())
        case "\\": return try escape()
        default: return .character(literal(scalar))
        }
    }

    private mutating func escape() throws(BlockPatternError) -> PatternNode {
        switch next {
        case "A":
            position += 1
            return .assertion(.textStart)
        case "z":
            position += 1
            return .assertion(.textEnd)
        case "b":
            position += 1
            return .assertion(.wordBoundary)
        case "B":
            position += 1
            return .assertion(.noWordBoundary)
        default:
            var escape = PatternEscape(scalars: scalars, position: position)
            let item = try escape.item()
            position = escape.position
            return .character(PatternNode.CharacterSet(items: [item], ignoresCase: options.ignoresCase))
        }
    }

    private mutating func characterClass() throws(BlockPatternError) -> PatternNode.CharacterSet {
        var set = PatternNode.CharacterSet(items: [], ignoresCase: options.ignoresCase)
        set.isNegated = take("^")
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            if follows("[:"), let item = try namedClass() {
                set.items.append(item)
                continue
            }
            let low = try classItem()
            guard case .range(let range) = low, range.count == 1, follows("-"), position + 1 < scalars.count,
                scalars[position + 1] != "]"
            else {
                set.items.append(low)
                continue
            }
            position += 1
            let high = try classItem()
            guard case .range(let end) = high, end.count == 1, range.lowerBound <= end.lowerBound else {
                throw BlockPatternError(message: "invalid character class range that begins with `\(scalar)`")
            }
            set.items.append(.range(range.lowerBound...end.lowerBound))
        }
        guard take("]") else { throw BlockPatternError(message: "missing closing \"]\"") }
        return set
    }

    private mutating func classItem() throws(BlockPatternError) -> PatternNode.CharacterSet.Item {
        guard let scalar = next else { throw BlockPatternError(message: "missing closing \"]\"") }
        position += 1
        guard scalar == "\\" else { return .range(scalar.value...scalar.value) }
        var escape = PatternEscape(scalars: scalars, position: position)
        let item = try escape.item()
        position = escape.position
        return item
    }

    /// `[:name:]` inside a class; nil when there is no closing `:]`.
    private mutating func namedClass() throws(BlockPatternError) -> PatternNode.CharacterSet.Item? {
        guard
            let close = scalars[position...].indices.first(where: {
                $0 > position + 1 && scalars[$0...].starts(with: ":]".unicodeScalars)
            })
        else { return nil }
        var name = String(String.UnicodeScalarView(scalars[position + 2..<close]))
        let isNegated = name.hasPrefix("^")
        if isNegated { name.removeFirst() }
        guard let ranges = PatternEscape.namedClasses[name] else {
            throw BlockPatternError(message: "invalid character class range: `[:\(name.prefix(20)):]`")
        }
        position = close + 2
        return isNegated ? .outside(ranges) : ranges.count == 1 ? .range(ranges[0]) : .anyOf(ranges)
    }
}
