import Foundation
import NIOCore
import NIOPosix

/// Debian's `microsocks` on a free port of this machine: a proxy for SOCKS version 5.
///
/// It alone knows the names of the test's hosts, by `libnss-wrapper`: a client that asks one of them directly finds nothing.
package struct SOCKSProxy: Sendable {
    /// Whether it is installed, with the library that lends it names; for `.enabled(if:)`.
    package static let isInstalled = toolPath("microsocks") != nil && hasNames

    private static let hasNames =
        (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib"))?
        .contains { FileManager.default.fileExists(atPath: "/usr/lib/\($0)/\(library)") } ?? false
    fileprivate static let library = "libnss_wrapper.so"

    /// It did not begin to work.
    package struct Failure: Error, CustomStringConvertible {
        /// What it wrote.
        package let description: String
    }

    /// Where it listens.
    package let port: Int
    fileprivate let process: RunningProcess

    /// `host:port` of each connection that it has made so far, as it was asked for.
    package var connections: [String] {
        process.stderr.text.split(separator: "\n").compactMap { line in
            line.firstRange(of: ": connected to ").map { String(line[$0.upperBound...]) }
        }
    }
}

/// Runs a proxy for as long as `body` runs.
///
/// - Parameters:
///   - hosts: the names that lead to this machine.
///   - user: who may use it, as `name:password`; everybody when nil.
///   - body: gets the proxy.
/// - Returns: what `body` returns.
/// - Throws: ``MissingTool``, ``SOCKSProxy/Failure``; what `body` throws.
package func withSOCKSProxy<Result>(
    hosts: [String],
    user: String? = nil,
    _ body: (SOCKSProxy) async throws -> Result
) async throws -> Result {
    let executable = try requireTool("microsocks")
    return try await withTemporaryFolder { folder in
        let names = "\(folder)/hosts"
        try hosts.map { "127.0.0.1 \($0)\n" }.joined().write(toFile: names, atomically: true, encoding: .utf8)
        let parts = (user ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        let login = parts.count == 2 ? ["-u", parts[0], "-P", parts[1]] : []
        return try await withFreePort { port in
            try await withProcess(
                executable,
                ["-i", "127.0.0.1", "-p", "\(port)"] + login,
                environment: ["LD_PRELOAD": SOCKSProxy.library, "NSS_WRAPPER_HOSTS": names]
            ) { process in
                // It says nothing when it begins to listen.
                while !(await isListening(port)) {
                    let log = process.stderr.text
                    if log.contains("in use") { throw PortTaken() }
                    guard log.isEmpty else { throw SOCKSProxy.Failure(description: log) }
                    try await Task.sleep(for: .milliseconds(10))
                }
                return try await body(SOCKSProxy(port: port, process: process))
            }
        }
    }
}

private func isListening(_ port: Int) async -> Bool {
    // Whatever goes wrong, it is asked again.
    guard
        let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
    else {
        return false
    }
    try? await channel.close()
    return true
}
