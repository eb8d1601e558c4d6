import Foundation

/// Debian's `squid` (package `squid-openssl`) on a free port of this machine.
///
/// It alone knows the names of the test's hosts: a client that asks one of them directly finds nothing.
package struct SquidProxy: Sendable {
    /// What is needed for ``Options/interception``; for `.enabled(if:)`.
    package static let isInstalled =
        toolPath("squid") != nil && FileManager.default.isExecutableFile(atPath: certificateProgram)

    fileprivate static let certificateProgram = "/usr/lib/squid/security_file_certgen"
    fileprivate static let loginProgram = "/usr/lib/squid/basic_ncsa_auth"

    /// What may be different from one test to the next.
    package struct Options: Sendable {
        /// The names that lead to this machine.
        package var hosts: [String] = []
        /// Who may use it, as `name:password`; everybody when nil.
        package var user: String?
        /// An authority by which it presents certificates of its own for all hosts: files of certificate and key.
        package var interception: (certificate: String, key: String)?
        /// Hosts that it lets nobody through to.
        package var forbidden: [String] = []

        /// Leads everybody everywhere.
        package init() {}
    }

    /// It did not begin to work.
    package struct Failure: Error, CustomStringConvertible {
        /// What it wrote.
        package let description: String
    }

    /// Where it listens.
    package let port: Int
    private let folder: String

    fileprivate init(port: Int, folder: String) {
        self.port = port
        self.folder = folder
    }

    /// `METHOD address status` of each request so far, from its access log.
    ///
    /// - Throws: the file system's error.
    package func requests() throws -> [String] {
        try String(contentsOfFile: "\(folder)/access.log", encoding: .utf8).split(separator: "\n").map(String.init)
    }
}

/// Runs a proxy for as long as `body` runs.
///
/// - Throws: ``MissingTool``, ``SquidProxy/Failure``; what `body` throws.
package func withSquid<Result>(
    _ options: SquidProxy.Options,
    _ body: (SquidProxy) async throws -> Result
) async throws -> Result {
    let executable = try requireTool("squid")
    return try await withTemporaryFolder { folder in
        // Started by root, it goes on as a user of its own.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
        try await prepare(options, folder)
        return try await withFreePort { port in
            let file = "\(folder)/squid.conf"
            try configuration(options, folder, port).write(toFile: file, atomically: true, encoding: .utf8)
            // Its shared memory is named after its service: one that was killed, or runs besides, is not in the way.
            let service = "ferry\(UInt32.random(in: .min ... .max))"
            return try await withProcess(executable, ["-N", "-n", service, "-f", file, "-d", "1"]) { process in
                await process.stderr.wait { $0.contains("Accepting ") || $0.contains("FATAL") || $0.contains("ERROR") }
                let log = process.stderr.text
                guard log.contains("Accepting "), !log.contains("FATAL") else {
                    if log.contains("Address already in use") { throw PortTaken() }
                    throw SquidProxy.Failure(description: log)
                }
                return try await body(SquidProxy(port: port, folder: folder))
            }
        }
    }
}

private func prepare(_ options: SquidProxy.Options, _ folder: String) async throws {
    let hosts = options.hosts.map { "127.0.0.1 \($0)\n" }.joined()
    try hosts.write(toFile: "\(folder)/hosts", atomically: true, encoding: .utf8)
    if let user = options.user {
        let parts = user.split(separator: ":", maxSplits: 1).map(String.init)
        let made = try await runProcess(
            try requireTool("openssl"),
            ["passwd", "-apr1", "-stdin"],
            input: (parts.last ?? "") + "\n"
        )
        try "\(parts.first ?? ""):\(made.stdout)".write(toFile: "\(folder)/users", atomically: true, encoding: .utf8)
    }
    if options.interception != nil {
        let made = try await runProcess(
            SquidProxy.certificateProgram,
            ["-c", "-s", "\(folder)/certificates", "-M", "4MB"]
        )
        guard made.status == 0 else { throw SquidProxy.Failure(description: "\(made)") }
        let opened = try await runProcess(try requireTool("chmod"), ["-R", "a+rwX", "\(folder)/certificates"])
        guard opened.status == 0 else { throw SquidProxy.Failure(description: "\(opened)") }
    }
}

private func configuration(_ options: SquidProxy.Options, _ folder: String, _ port: Int) -> String {
    var lines = [
        "visible_hostname proxy.ferry.test", "pid_filename \(folder)/squid.pid", "cache_log \(folder)/cache.log",
        "logformat short %rm %ru %>Hs", "access_log stdio:\(folder)/access.log short", "cache deny all",
        "hosts_file \(folder)/hosts", "dns_nameservers 127.0.0.1", "shutdown_lifetime 0 seconds", "pinger_enable off",
        "coredump_dir \(folder)", "netdb_filename none", "buffered_logs off", "max_filedescriptors 1024",
        "connect_timeout 5 seconds",
    ]
    if let (certificate, key) = options.interception {
        lines += [
            "http_port 127.0.0.1:\(port) ssl-bump tls-cert=\(certificate) tls-key=\(key) "
                + "generate-host-certificates=on dynamic_cert_mem_cache_size=4MB",
            "sslcrtd_program \(SquidProxy.certificateProgram) -s \(folder)/certificates -M 4MB",
            "sslcrtd_children 1", "acl first at_step SslBump1", "ssl_bump peek first", "ssl_bump bump all",
            "tls_outgoing_options flags=DONT_VERIFY_PEER", "sslproxy_cert_error allow all",
            "sslproxy_cert_sign signTrusted all",
        ]
    } else {
        lines.append("http_port 127.0.0.1:\(port)")
    }
    if options.user != nil {
        lines += [
            "auth_param basic program \(SquidProxy.loginProgram) \(folder)/users", "auth_param basic children 1",
            "auth_param basic realm ferry", "acl known proxy_auth REQUIRED", "http_access deny !known",
        ]
    }
    if !options.forbidden.isEmpty {
        lines += ["acl forbidden dstdomain \(options.forbidden.joined(separator: " "))", "http_access deny forbidden"]
    }
    return (lines + ["http_access allow all"]).joined(separator: "\n") + "\n"
}
