package import OCIModel

/// Follows an audit log line by line, and finds the first line at which it is not what was written.
///
/// Every line holds its number and the hash of the line before. That shows what was changed, taken out, put in or moved,
/// unless it was done from there to the end with new hashes, or at the end: then only a hash that was noted elsewhere tells.
package struct AuditChain: Sendable {
    /// What happened to the log.
    package enum Damage: String, Sendable, Codable {
        /// A line has other bytes than were written.
        case changed
        /// Lines lack.
        case removed
        /// There are more lines than were written.
        case inserted
        /// The lines are not in the order in which they were written.
        case reordered
        /// The last line has no end: its writer was stopped, or something was cut off.
        case torn
    }

    /// The first thing that is wrong.
    package struct Problem: Hashable, Sendable, Codable {
        /// The first line at fault, from 1.
        package let line: Int
        /// What happened.
        package let damage: Damage
        /// One sentence.
        package let message: String
    }

    /// What links a line to the one before.
    private struct Link: Decodable {
        let number: Int
        let previous: Digest?
        let after: String?
    }

    /// What seems wrong, until later lines tell what it is.
    private enum Suspicion {
        /// A line is where its number says and was written after other bytes: it was changed, or the one before was.
        case mismatch(AuditLine)
        /// A line has a higher number than its place: lines lack, unless one with the number of the place comes later.
        case gap(line: Int, number: Int)
    }

    /// How many lines there are so far.
    package private(set) var lines = 0
    /// The SHA-256 of the last line so far, without its line break; nil when there is none.
    package private(set) var head: Digest?
    /// The lines that were cut off by a crash, and which the line after them mentions.
    package private(set) var tornLines: [Int] = []
    /// The first thing that is wrong, settled only after ``end()``; nil when nothing is.
    package private(set) var problem: Problem?
    /// Whether a line with the hash that was asked for was met before anything was wrong.
    package private(set) var isExpectedHeadMet = false

    private let expectedHead: Digest?
    private var suspicion: Suspicion?
    private var last: AuditLine?
    /// Whether the last line could not be decoded, which the next one must explain.
    private var isLastUnreadable = false

    /// Begins with an empty log.
    ///
    /// - Parameter expectedHead: the hash of a line that the log must have, noted when that was its last one.
    package init(expectedHead: Digest? = nil) {
        self.expectedHead = expectedHead
    }

    /// Takes the next line.
    mutating func add(_ line: AuditLine) {
        lines += 1
        head = line.digest
        if problem == nil {
            let link = Self.link(of: line)
            if suspicion != nil { settle(with: line, link) } else { check(line, link) }
            if problem == nil, suspicion == nil, line.digest == expectedHead { isExpectedHeadMet = true }
        }
        last = line
    }

    /// Ends the log.
    package mutating func end() {
        guard problem == nil else { return }
        guard lines > 0 else { return fail(1, .removed, "there is none, and a log is begun with its first line") }
        switch suspicion {
        case .mismatch(let line):
            fail(line.number - 1, .changed, "it does not have the bytes after which line \(line.number) was written")
        case .gap(let line, let number):
            let count = number - line
            fail(
                line,
                .removed,
                "\(count == 1 ? "a line lacks" : "\(count) lines lack") before it, it is number \(number)"
            )
        case nil:
            guard let last else { return }
            if !last.isEnded {
                fail(last.number, .torn, "it ends after \(last.length) bytes without a line break")
            } else if isLastUnreadable {
                fail(last.number, .changed, "it is no record of an audit log")
            }
        }
    }

    private mutating func check(_ line: AuditLine, _ link: Link?) {
        guard let link else {
            if isLastUnreadable {
                fail(line.number - 1, .changed, "it is no record of an audit log")
            } else {
                isLastUnreadable = true
            }
            return
        }
        let follows = link.previous == last?.digest
        if isLastUnreadable, let torn = last {
            // A crash may leave a line without its end; who wrote the next one has seen it so.
            guard follows, link.after == torn.tornNote, link.number == line.number else {
                return fail(torn.number, .changed, "it is no record of an audit log")
            }
            tornLines.append(torn.number)
            isLastUnreadable = false
        }
        if link.number == line.number {
            guard !follows else { return }
            if line.number == 1 {
                fail(1, .changed, "it was written after another line")
            } else {
                suspicion = .mismatch(line)
            }
        } else if follows {
            fail(line.number, .changed, "it follows line \(line.number - 1), and calls itself number \(link.number)")
        } else if link.number > line.number {
            suspicion = .gap(line: line.number, number: link.number)
        } else {
            fail(
                line.number,
                .inserted,
                "it is number \(link.number), and so is an earlier one: line \(link.number) or this one was put in"
            )
        }
    }

    private mutating func settle(with line: AuditLine, _ link: Link?) {
        switch suspicion {
        case .mismatch(let odd):
            suspicion = nil
            if link?.previous == odd.digest {
                fail(odd.number - 1, .changed, "it does not have the bytes after which line \(odd.number) was written")
            } else {
                fail(odd.number, .changed, "neither does it follow the line before, nor the next one it")
            }
        case .gap(let place, let number):
            guard link?.number == place else { return }
            suspicion = nil
            fail(place, .reordered, "it is number \(number), and number \(place) is line \(line.number)")
        case nil: break
        }
    }

    private mutating func fail(_ line: Int, _ damage: Damage, _ reason: String) {
        problem = Problem(line: line, damage: damage, message: "line \(line) is not as it was written: \(reason)")
    }

    private static func link(of line: AuditLine) -> Link? {
        guard let bytes = line.bytes else { return nil }
        do {
            return try DocumentCoding.decode(Link.self, from: bytes, name: "")
        } catch {
            return nil  // the lines around it tell whether that is a crash or a change
        }
    }
}
