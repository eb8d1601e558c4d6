import FerryTestSupport
import Foundation
import Testing

@Suite("Running programs in tests")
struct ProcessTests {
    @Test("status, output and input")
    func run() async throws {
        let script = #"cat; echo "$GREETING"; echo problem >&2; exit 3"#
        let result = try await runProcess("/bin/sh", ["-c", script], environment: ["GREETING": "hello"], input: "in\n")
        #expect(result.status == 3)
        #expect(result.stdout == "in\nhello\n")
        #expect(result.stderr == "problem\n")
    }

    @Test("much output on both streams does not block, and is kept up to its limit")
    func muchOutput() async throws {
        let script = "head -c 9000000 /dev/zero | tr '\\0' a; head -c 1000000 /dev/zero | tr '\\0' b >&2"
        let result = try await runProcess("/bin/sh", ["-c", script])
        #expect(result.status == 0)
        #expect(result.stdout.utf8.count == 8 << 20)
        #expect(result.stderr.utf8.count == 1_000_000)
    }

    @Test("a program that runs on is stopped, by force if it must be")
    func stops() async throws {
        let status = try await withProcess("/bin/sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done"])
        {
            await $0.stdout.wait { $0.contains("ready") }
            await $0.stop(grace: .milliseconds(50))
            return await $0.wait()
        }
        #expect(status == 128 + SIGKILL)
    }

    @Test("a program that ends before its output is as waited for")
    func endsEarly() async throws {
        let text = try await withProcess("/bin/sh", ["-c", "echo other"]) { process in
            await process.stdout.wait { $0.contains("never") }
            return process.stdout.text
        }
        #expect(text == "other\n")
    }

    @Test("a program that is not there is an error")
    func absent() async {
        await #expect(throws: (any Error).self) { try await runProcess("/no/such/program", []) }
        #expect(toolPath("no-such-tool-for-ferry") == nil)
        #expect(throws: MissingTool.self) { try requireTool("no-such-tool-for-ferry") }
    }
}
