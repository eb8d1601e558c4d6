import MirrorPlan
import OCIModel

/// The plan as a table for people.
struct PlanText: Sendable {
    /// The sums.
    let summary: PlanSummary
    /// Further lines below the rule: a label and its text.
    var lines: [(label: String, text: String)]

    /// Starts with the sums and the biggest images.
    init(_ summary: PlanSummary) {
        self.summary = summary
        lines = [("Fetch", "\(ByteSize.text(summary.bytes)) in \(summary.blobs) blobs")]
    }

    /// The table.
    func rendered() -> String {
        let width = max(40, (summary.sections.map(\.name.count).max() ?? 0) + 2)
        var text = ""
        for (position, section) in summary.sections.enumerated() {
            let attachments = section.attachments > 0 ? " + \(section.attachments) attached" : ""
            text +=
                Self.padded(section.name, width)
                + Self.padded(
                    "\(section.images) image\(section.images == 1 ? "" : "s")\(attachments)",
                    26,
                    left: attachments.isEmpty
                )
                + Self.padded(ByteSize.text(section.newBytes), 12, left: true)
                + (position == 0 ? " distinct" : " new     ")
                + Self.padded(ByteSize.text(section.totalBytes), 12, left: true) + " in all\n"
        }
        text += String(repeating: "─", count: width + 26 + 12 + 9 + 12 + 7) + "\n"
        let biggest = summary.biggest.prefix(4).map { "\($0.name) \(ByteSize.text($0.bytes))" }.joined(separator: " · ")
        let all = lines + (biggest.isEmpty ? [] : [("Biggest", biggest)])
        for (label, value) in all { text += Self.padded(label, 12) + value + "\n" }
        // Names of sections and images come from registries and lock files.
        return PrintableText.of(text)
    }

    private static func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
        let space = String(repeating: " ", count: max(left ? 0 : 1, width - text.count))
        return left ? space + text : text + space
    }
}
