import Foundation
import Synchronization

@testable import TerminalProgress

/// A clock that goes on when told to.
final class ManualClock: Sendable {
    private let time = Mutex(Duration.zero)

    var now: @Sendable () -> Duration {
        { self.time.withLock { $0 } }
    }

    func advance(_ duration: Duration) {
        time.withLock { $0 += duration }
    }
}

/// Keeps what is written.
final class MemoryOutput: ProgressOutput {
    private let state = Mutex((text: "", isBusy: false))
    private let size: Mutex<TerminalSize?>

    init(size: TerminalSize? = nil) {
        self.size = Mutex(size)
    }

    var terminalSize: TerminalSize? { size.withLock { $0 } }

    var isBusy: Bool { state.withLock { $0.isBusy } }

    func setBusy(_ isBusy: Bool) {
        state.withLock { $0.isBusy = isBusy }
    }

    func resize(columns: Int, rows: Int) {
        size.withLock { $0 = TerminalSize(columns: columns, rows: rows) }
    }

    func write(_ text: String) {
        state.withLock { $0.text += text }
    }

    func drain() async {}

    /// What was written since the last call.
    func take() -> String {
        state.withLock { state in
            defer { state.text = "" }
            return state.text
        }
    }
}

/// A reporter with a manual clock and one output in memory.
struct Bench {
    let clock = ManualClock()
    let output: MemoryOutput
    let reporter: ProgressReporter

    init(_ mode: ProgressMode, size: TerminalSize? = nil, silence: Duration = .seconds(5)) {
        output = MemoryOutput(size: size)
        reporter = ProgressReporter(
            channels: [ProgressChannel(mode: mode, output: output)],
            silence: silence,
            startDate: Date(timeIntervalSince1970: 1_795_248_923),
            now: clock.now
        )
    }

    /// Lets time pass with a tick each time that the reporter wants one.
    func pass(_ duration: Duration, each: () -> Void = {}) {
        let interval = reporter.interval ?? .seconds(1)
        var rest = duration
        while rest > .zero {
            clock.advance(interval)
            each()
            reporter.tick()
            rest -= interval
        }
    }

    /// The lines written since the last call.
    func lines() -> [String] { output.take().split(separator: "\n").map(String.init) }
}

/// A screen that understands just the control codes that the bar may use; anything else is a failure.
struct Screen {
    private(set) var rows: [[Character]] = [[]]
    private(set) var isFaulty = false
    private var row = 0
    private var column = 0
    let columns: Int

    init(columns: Int) {
        self.columns = columns
    }

    /// What is to be seen, without empty rows at the end.
    var lines: [String] {
        var lines = rows.map { String($0) }
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    mutating func feed(_ text: String) {
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\r": column = 0
            case "\n":
                row += 1
                column = 0
                if row == rows.count { rows.append([]) }
            case "\u{1b}":
                let code = rest.prefix { $0 != "A" && $0 != "K" && $0 != "J" }
                rest = rest.dropFirst(code.count)
                apply(rest.popFirst(), Int(code.dropFirst()))
            default: put(character)
            }
        }
    }

    private mutating func put(_ character: Character) {
        if column == columns {
            row += 1
            column = 0
            if row == rows.count { rows.append([]) }
        }
        if let scalar = character.unicodeScalars.first, scalar.value < 32 { isFaulty = true }
        while rows[row].count < column { rows[row].append(" ") }
        if column < rows[row].count { rows[row][column] = character } else { rows[row].append(character) }
        column += 1
    }

    private mutating func apply(_ command: Character?, _ number: Int?) {
        switch command {
        case "A":
            isFaulty = isFaulty || (number ?? 0) < 1 || (number ?? 0) > row
            row = max(0, row - (number ?? 0))
        case "K": rows[row] = Array(rows[row].prefix(column))
        case "J":
            rows[row] = Array(rows[row].prefix(column))
            rows.removeLast(rows.count - row - 1)
        default: isFaulty = true
        }
    }
}
