import MediaSet
import Synchronization
import TerminalProgress

/// Asks at the terminal for the volumes of a set that come one at a time.
final class VolumePrompt: VolumeRequester {
    private let progress: ProgressReporter
    private let isDeclined = Mutex(false)
    private let declined: AsyncStream<Void>
    private let decline: AsyncStream<Void>.Continuation

    /// Asks by the side of a progress display.
    init(progress: ProgressReporter) {
        self.progress = progress
        (declined, decline) = AsyncStream.makeStream(of: Void.self)
    }

    func request(_ request: VolumeRequest) async throws {
        progress.pause()
        defer { progress.resume() }
        TerminalInput.flush()
        for line in Self.text(request) { TerminalTalk.shared.say(line) }
        let answer = try await TerminalInput.line()
        if let answer, !["q", "quit"].contains(answer.lowercased().filter { !$0.isWhitespace }) { return }
        isDeclined.withLock { $0 = true }
        decline.yield()
        // The run is being cancelled; a failure here would be blamed on the images that wait.
        while true { try await Task.sleep(for: .seconds(60)) }
    }

    /// What is said for a request, in lines.
    static func text(_ request: VolumeRequest) -> [String] {
        var lines = request.found.map { "not what is needed: \($0)" }
        let places = request.places.joined(separator: ", ")
        let set = request.set.map { "media set \($0)" } ?? "the media set"
        let what =
            switch request.need {
            case .volume(let number):
                "volume \(number)" + (request.volumeCount.map { " of \($0)" } ?? "") + " of \(set)"
            case .file(let name): "the medium of \(set) with its signature \(name)"
            }
        lines.append("insert \(what) into \(places), then press return; q to stop")
        return lines
    }

    /// Runs a body that is cancelled when somebody does not want to go on.
    ///
    /// - Returns: what the body returns.
    /// - Throws: `FerryError` with exit code 130 when somebody declined; what the body throws.
    func untilDeclined<Output: Sendable>(
        _ body: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        do {
            return try await withThrowingTaskGroup(of: Output?.self) { group in
                group.addTask { try await body() }
                group.addTask { [declined] in
                    for await _ in declined { break }
                    return nil
                }
                defer { group.cancelAll() }
                if let first = try await group.next(), let output = first { return output }
                group.cancelAll()
                // What the body began has ended before the command does.
                try await group.waitForAll()
                throw CancellationError()
            }
        } catch {
            guard isDeclined.withLock({ $0 }) else { throw error }
            throw FerryError("stopped, as asked; what was sent stays, the same command continues", exitCode: 130)
        }
    }
}
