import ArgumentParser
import Foundation
import TerminalProgress

/// Tells one run of the program from all others.
struct RunIdentity: Sendable {
    /// The run that the current task belongs to.
    @TaskLocal static var current = RunIdentity(command: "ferry", kind: "ferry", places: [], words: ["ferry"])

    /// Eight hexadecimal digits, by chance.
    let id: String
    /// When it began.
    let start: Date
    /// What it is, for events.
    let description: RunDescription

    /// Begins a run.
    ///
    /// - Parameters:
    ///   - command: the command's name.
    ///   - kind: which way it goes.
    ///   - places: the destinations, or what is looked at.
    ///   - words: the command line, the program's name first.
    init(command: String, kind: String, places: [String], words: [String]) {
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        id = String(repeating: "0", count: 8 - digits.count) + digits
        start = Date()
        description = RunDescription(
            id: id,
            version: FerryVersion.text,
            command: command,
            kind: kind,
            places: places.map { CommandWords.withoutSecrets(in: $0) },
            arguments: CommandWords.withoutSecrets(words)
        )
    }

    /// Begins the run of a parsed command.
    init(of command: any ParsableCommand, words: [String]) {
        let name = type(of: command)._commandName
        let named = command as? any NamesPlaces
        self.init(command: name, kind: named?.runKind ?? name, places: named?.runPlaces ?? [], words: words)
    }
}

/// A command that says where it goes or what it looks at.
protocol NamesPlaces {
    /// Which way it goes, or the name of the command.
    var runKind: String { get }
    /// The places, as they were given.
    var runPlaces: [String] { get }
}

extension MirrorCommand: NamesPlaces {
    var runKind: String {
        if !from.isEmpty { return "diskToMirror" }
        return workspace == nil ? "mirrorToDisk" : "mirrorToMirror"
    }

    var runPlaces: [String] { destinations }
}

extension PlanCommand: NamesPlaces {
    var runKind: String { "plan" }
    var runPlaces: [String] { destination.map { [$0] } ?? [] }
}

extension ServeCommand: NamesPlaces {
    var runKind: String { "serve" }
    var runPlaces: [String] { folders }
}

extension ResourcesCommand: NamesPlaces {
    var runKind: String { "resources" }
    var runPlaces: [String] { [destination] }
}

extension AddReceiptCommand: NamesPlaces {
    var runKind: String { "receipt add" }
    var runPlaces: [String] { [place] }
}

extension DoctorCommand: NamesPlaces {
    var runKind: String { "doctor" }
    var runPlaces: [String] { destinations }
}

extension VerifyCommand: NamesPlaces {
    var runKind: String { "verify" }
    var runPlaces: [String] { places }
}
