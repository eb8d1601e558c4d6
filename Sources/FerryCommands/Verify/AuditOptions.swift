import ArgumentParser
import Foundation
import MediaSet
import OCIModel

/// `ferry verify --audit`: whether an audit log is what was written.
struct AuditOptions: ParsableArguments {
    @Option(help: "Check the chain of an audit log instead: the file, or as file://DIR the folder that was worked in.")
    var audit: String?

    @Option(help: "With --audit: the hash of a line that must still be there, as an earlier check printed it.")
    var auditHead: String?

    /// Whether a log is to be checked, and nothing else.
    var isGiven: Bool { audit != nil || auditHead != nil }

    /// What was found, as data.
    private struct Document: Encodable {
        let log: String
        let lines: Int
        let head: Digest?
        let isIntact: Bool
        let problem: AuditChain.Problem?
        let tornLines: [Int]
        let expectedHead: Digest?
        let isExpectedHeadMet: Bool?
    }

    /// Checks the log and prints what was found.
    ///
    /// - Parameters:
    ///   - places: what is to be verified otherwise; nothing, when a log is.
    ///   - others: the options given that say how places are verified, as they are called; none, when a log is.
    ///   - asJSON: how to print.
    /// - Returns: 0 or 32.
    /// - Throws: `FerryError`; `MediaSetError` when the log cannot be read; `OCIModelError` for a hash that is none.
    func verify(places: [String], others: [String], asJSON: Bool) async throws -> Int32 {
        guard let audit else { throw FerryError("--audit-head belongs to --audit FILE") }
        guard places.isEmpty else { throw FerryError("--audit FILE checks a log alone: name nothing else with it") }
        // Who names a lock file or a set must not believe that it was looked at.
        guard others.isEmpty else {
            let names = others.joined(separator: ", ")
            throw FerryError(
                "--audit FILE checks a log alone, and \(names) would not be looked at: check the log without them, and the "
                    + "media or the registry by a command of its own"
            )
        }
        let path = audit.hasPrefix("file://") ? try Self.log(in: MirrorMode.path(audit)) : audit
        let expected = try auditHead.map { try Digest($0.contains(":") ? $0 : "sha256:\($0)") }
        let chain = try await LocalFiles.run { try AuditLog(path: path).verify(expecting: expected) }
        let isWhole = chain.problem == nil && (expected == nil || chain.isExpectedHeadMet)
        if asJSON {
            let document = Document(
                log: path,
                lines: chain.lines,
                head: chain.head,
                isIntact: isWhole,
                problem: chain.problem,
                tornLines: chain.tornLines,
                expectedHead: expected,
                isExpectedHeadMet: expected == nil ? nil : chain.isExpectedHeadMet
            )
            print(try JSONOutput.text(document), terminator: "")
        } else {
            print(Self.text(chain, path: path, expected: expected))
        }
        return isWhole ? 0 : 32
    }

    private static func log(in folder: String) -> String {
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
        return isThere && !isFolder.boolValue ? folder : WorkingDirectory(below: folder).audit
    }

    private static func text(_ chain: AuditChain, path: String, expected: Digest?) -> String {
        var lines: [String] = []
        if let problem = chain.problem { lines.append("PROBLEM \(problem.damage.rawValue): \(problem.message)") }
        for line in chain.tornLines {
            lines.append("line \(line) was cut off when it was written, as the line after it says")
        }
        if let expected {
            if chain.isExpectedHeadMet {
                lines.append("the line with the hash \(expected) is there, and the log grew from it")
            } else if chain.problem == nil {
                lines.append("PROBLEM no line has the hash \(expected): the log was shortened or written anew")
            } else {
                lines.append("no line before the problem has the hash \(expected)")
            }
        }
        let count = "\(path): \(chain.lines) line\(chain.lines == 1 ? "" : "s")"
        lines.append(chain.problem == nil ? "\(count), an unbroken chain" : count)
        if let head = chain.head {
            lines.append("last line: \(head) (note it: only --audit-head shows later that nothing was cut off)")
        }
        return lines.joined(separator: "\n")
    }
}
