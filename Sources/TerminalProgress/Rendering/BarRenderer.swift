/// Draws a line for the whole phase and one for each of the transfers under way, again and again in place.
///
/// Control codes used: cursor up, erase to the end of the line, erase to the end of the screen
/// (https://www.ecma-international.org/publications-and-standards/standards/ecma-48/).
struct BarRenderer: ProgressRenderer {
    /// The least time between two drawings.
    private static let pause = Duration.milliseconds(100)
    /// The most transfers that get a line.
    private static let maximumTransfers = 8

    let interval: Duration? = BarRenderer.pause
    /// The widths of the lines that stand above the cursor.
    private var drawn: [Int] = []
    private var lastDrawing: Duration?

    mutating func render(
        _ event: ProgressEvent,
        transfer: TransferRecord?,
        _ snapshot: ProgressSnapshot,
        _ size: TerminalSize?
    ) -> String {
        switch event {
        case .phaseStarted: return draw(snapshot, size)
        case .phaseEnded: return clear(size) + ProgressFacts.ended(snapshot) + "\n"
        case .imageFailed(let name, let reason):
            return render(line: ProgressFacts.failure(name, reason), snapshot, size)
        case .message(let text): return render(line: LineText.safe(text), snapshot, size)
        default: return ""
        }
    }

    mutating func render(line: String, _ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String {
        // A burst of lines is not followed by a drawing each: the next tick draws.
        clear(size) + line + "\n" + (isDue(snapshot) ? draw(snapshot, size) : "")
    }

    mutating func tick(_ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String {
        isDue(snapshot) ? draw(snapshot, size) : ""
    }

    mutating func clear(_ size: TerminalSize?) -> String {
        guard !drawn.isEmpty else { return "" }
        defer { drawn = [] }
        return "\r\u{1b}[\(rows(size))A\u{1b}[J"
    }

    private func isDue(_ snapshot: ProgressSnapshot) -> Bool {
        lastDrawing.map { snapshot.elapsed - $0 >= Self.pause } ?? true
    }

    /// How many rows the drawn lines take; more than one each when the terminal became narrower since.
    private func rows(_ size: TerminalSize?) -> Int {
        let columns = size?.columns ?? .max
        return drawn.reduce(0) { $0 + max(1, ($1 - 1) / columns + 1) }
    }

    private mutating func draw(_ snapshot: ProgressSnapshot, _ size: TerminalSize?) -> String {
        let size = size ?? TerminalSize(columns: 80, rows: 24)
        lastDrawing = snapshot.elapsed
        let lines = Self.lines(snapshot, size)
        var text = drawn.isEmpty ? "" : "\r\u{1b}[\(rows(size))A"
        for line in lines { text += line + "\u{1b}[K\n" }
        text += "\u{1b}[J"
        drawn = lines.map(LineText.width)
        return text
    }

    /// The lines of a drawing, none wider than the terminal less one column, none too many for its rows.
    static func lines(_ snapshot: ProgressSnapshot, _ size: TerminalSize) -> [String] {
        let columns = size.columns - 1
        let waits = ProgressFacts.waits(snapshot).prefix(max(0, size.rows - 3))
        let room = max(0, min(maximumTransfers, size.rows - 3 - waits.count))
        let transfers = snapshot.active.prefix(room)
        let names = transfers.map { LineText.fitted(LineText.safe($0.name), to: columns / 2) }
        let nameWidth = names.map(LineText.width).max() ?? 0
        var lines = [total(snapshot, columns)]
        lines += waits.map { LineText.fitted("  \($0)", to: columns) }
        for (transfer, name) in zip(transfers, names) {
            let done = "\(SizeText.size(transfer.done)) of \(SizeText.size(transfer.size))"
            let line = "  \(LineText.padded(name, to: nameWidth))  \(done)"
            lines.append(LineText.fitted(line, to: columns))
        }
        let hidden = snapshot.active.count - transfers.count
        if hidden > 0, room > 0 { lines.append(LineText.fitted("  and \(hidden) more", to: columns)) }
        return lines
    }

    /// Title, bar and as many facts as fit.
    private static func total(_ snapshot: ProgressSnapshot, _ columns: Int) -> String {
        let title = LineText.safe(snapshot.phase ?? ProgressFacts.titleBetweenPhases)
        var text = ""
        for fact in ProgressFacts.running(snapshot) {
            guard LineText.width(title) + LineText.width(text) + 2 + fact.count <= columns else { break }
            text += "  " + fact
        }
        let barWidth = min(32, columns - LineText.width(title) - LineText.width(text) - 2)
        if let fraction = snapshot.fraction, barWidth >= 12 {
            text = "  " + bar(fraction, barWidth) + text
        }
        return LineText.fitted(title + text, to: columns)
    }

    private static func bar(_ fraction: Double, _ width: Int) -> String {
        let inside = width - 2
        let full = Int(fraction * Double(inside))
        let head = full < inside ? ">" : ""
        return "[" + String(repeating: "=", count: full) + head
            + String(repeating: " ", count: inside - full - head.count) + "]"
    }
}
