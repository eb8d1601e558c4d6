/// A regular expression as a program for a machine that tries all ways at once, so that no text takes long.
///
/// Each character of the text visits each instruction at most once: time is the product of both lengths.
struct PatternProgram: Sendable {
    /// The largest program, in instructions.
    static let maximumLength = 50_000

    /// A step of the machine; the numbers are those of the steps that follow.
    enum Instruction {
        case character(PatternNode.CharacterSet, next: Int)
        case assertion(PatternNode.Assertion, next: Int)
        case fork(Int, Int)
        case match
    }

    private var instructions: [Instruction] = [.match]
    private var start = 0

    /// Translates an expression.
    ///
    /// - Throws: `BlockPatternError` when the program would be too large.
    init(_ node: PatternNode) throws(BlockPatternError) {
        start = try compile(node, next: 0)
    }

    /// Adds the instructions of a node, which go on at `next`; returns where they begin.
    private mutating func compile(_ node: PatternNode, next: Int) throws(BlockPatternError) -> Int {
        switch node {
        case .empty: return next
        case .character(let set): return try append(.character(set, next: next))
        case .assertion(let assertion): return try append(.assertion(assertion, next: next))
        case .sequence(let nodes):
            var next = next
            for node in nodes.reversed() { next = try compile(node, next: next) }
            return next
        case .alternatives(let nodes):
            var entry: Int?
            for node in nodes.reversed() {
                let branch = try compile(node, next: next)
                if let other = entry { entry = try append(.fork(branch, other)) } else { entry = branch }
            }
            return entry ?? next
        case .repeated(let node, let minimum, let maximum):
            var next = next
            if let maximum {
                let end = next
                for _ in 0..<max(0, maximum - minimum) {
                    next = try append(.fork(try compile(node, next: next), end))
                }
            } else {
                let fork = try append(.fork(next, next))
                let body = try compile(node, next: fork)
                instructions[fork] = .fork(body, next)
                next = fork
            }
            for _ in 0..<minimum { next = try compile(node, next: next) }
            return next
        }
    }

    private mutating func append(_ instruction: Instruction) throws(BlockPatternError) -> Int {
        guard instructions.count < Self.maximumLength else {
            throw BlockPatternError(message: "the expression is too large")
        }
        instructions.append(instruction)
        return instructions.count - 1
    }

    /// Whether the expression matches anywhere in a text.
    func matches(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var current: [Int] = []
        var following: [Int] = []
        // The position at which an instruction was last visited, so that none is visited twice.
        var visited = [Int](repeating: -1, count: instructions.count)
        var pending: [Int] = []
        for position in 0...scalars.count {
            pending.append(contentsOf: current)
            pending.append(start)
            current.removeAll(keepingCapacity: true)
            while let index = pending.popLast() {
                guard visited[index] != position else { continue }
                visited[index] = position
                switch instructions[index] {
                case .match: return true
                case .fork(let first, let second): pending += [first, second]
                case .assertion(let assertion, let next):
                    if Self.holds(assertion, at: position, in: scalars) { pending.append(next) }
                case .character: current.append(index)
                }
            }
            guard position < scalars.count else { break }
            following.removeAll(keepingCapacity: true)
            for index in current {
                if case .character(let set, let next) = instructions[index], set.contains(scalars[position]) {
                    following.append(next)
                }
            }
            swap(&current, &following)
        }
        return false
    }

    private static func holds(
        _ assertion: PatternNode.Assertion,
        at position: Int,
        in text: [Unicode.Scalar]
    ) -> Bool {
        switch assertion {
        case .textStart: position == 0
        case .textEnd: position == text.count
        case .lineStart: position == 0 || text[position - 1] == "\n"
        case .lineEnd: position == text.count || text[position] == "\n"
        case .wordBoundary: isBoundary(position, text)
        case .noWordBoundary: !isBoundary(position, text)
        }
    }

    private static func isBoundary(_ position: Int, _ text: [Unicode.Scalar]) -> Bool {
        let before = position > 0 && isWord(text[position - 1])
        let after = position < text.count && isWord(text[position])
        return before != after
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || (scalar.isASCII && scalar.properties.isAlphabetic) || ("0"..."9").contains(scalar)
    }
}
