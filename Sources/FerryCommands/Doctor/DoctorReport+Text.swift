import RegistryClient

extension DoctorReport {
    /// The report for people: a table for each registry, then the verdict.
    func text() -> String {
        var lines: [String] = []
        for findings in registries {
            lines += Self.lines(findings)
            lines.append("")
        }
        for findings in services {
            lines.append("\(findings.subject.place) (\(findings.subject.kind.title))")
            lines += Self.lines(findings.checks)
            lines.append("")
        }
        lines += verdict
        return PrintableText.of(lines.joined(separator: "\n") + "\n")
    }

    private static func lines(_ findings: RegistryFindings) -> [String] {
        let kind = findings.recognition.map { ", \($0.kind.name)" } ?? ""
        var lines = ["\(findings.subject.place) (\(findings.subject.title)\(kind))"]
        lines += Self.lines(findings.checks)
        let expectations = findings.openExpectations
        if !expectations.isEmpty { lines.append("  what such registries do:") }
        lines += expectations.map { "    - \($0.text)" }
        return lines
    }

    /// A row for each check that has something to say; those with the same reason to say nothing share one.
    private static func lines(_ checks: [CheckResult]) -> [String] {
        let rows = checks.filter { $0.status != .skipped }.map { row($0) }
        var lines = TextTable.lines(rows, indent: "  ").map { $0.replacing("\u{1}", with: "\n" + indentOfRemedies) }
        let skipped = Dictionary(grouping: checks.filter { $0.status == .skipped }, by: \.message)
        for (reason, checks) in skipped.sorted(by: { $0.key < $1.key }) {
            lines.append("  skipped  \(checks.map(\.check.title).joined(separator: ", ")): \(reason)")
        }
        return lines
    }

    private static func row(_ result: CheckResult) -> [String] {
        [mark(result.status), result.check.title, seconds(result.seconds), result.message]
            .map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
            .enumerated().map { $0.offset == 3 ? $0.element + (result.remedy.map { "\u{1}\($0)" } ?? "") : $0.element }
    }

    private static let indentOfRemedies = "         → "

    private static func mark(_ status: CheckStatus) -> String {
        switch status {
        case .ok: "ok"
        case .warn: "WARN"
        case .fail: "FAIL"
        case .skipped: "skipped"
        }
    }

    private static func seconds(_ seconds: Double) -> String {
        seconds < 0.001
            ? "" : seconds < 1 ? "\(Int((seconds * 1_000).rounded())) ms" : "\((seconds * 10).rounded() / 10) s"
    }

    private var verdict: [String] {
        guard wouldSucceed else {
            return ["the mirror would fail:"] + reasons.map { "  \($0)" }
        }
        let checks = registries.flatMap(\.checks) + services.flatMap(\.checks)
        let warnings = checks.count { $0.status == .warn }
        let failed = registries.filter { $0.status == .fail }.map(\.subject.place)
        var line = "the mirror would work"
        if warnings > 0 { line += ", with \(warnings) warning\(warnings == 1 ? "" : "s")" }
        guard !failed.isEmpty else { return [line] }
        return [line, "  by other places than \(failed.joined(separator: ", "))"]
    }
}
