import Logging
import Synchronization
import Testing

@testable import FerryCommands

@Suite("What ferry serve needs") struct ServeUnitTests {
    @Test(
        "connections that fit into a limit on open files",
        arguments: [(0, 16), (200, 16), (1024, 412), (20_000, 9900), (Int.max, (Int.max - 200) / 2)]
    )
    func connections(files: Int, expected: Int) {
        #expect(OpenFileLimit.connections(files: files) == expected)
    }

    @Test("a failure is told once, another one too")
    func failures() {
        let handler = CountingHandler()
        let log = FailureLog(Logger(label: "test", factory: { _ in handler }))
        for failure in ["a", "a", "b", "a"] { log.report(failure) }
        #expect(handler.told.withLock { $0 } == ["a", "b"])
    }
}

/// Keeps the errors.
private final class CountingHandler: LogHandler {
    let told = Mutex<[String]>([])

    var logLevel: Logger.Level {
        get { .error }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { told.withLock { $0.append(event.message.description) } }
}
