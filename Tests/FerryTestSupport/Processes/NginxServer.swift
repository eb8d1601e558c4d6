import Foundation

/// Debian's `nginx` on a free port of this machine, which speaks TLS and hands requests on in plain HTTP.
package struct NginxServer: Sendable {
    /// Whether it is installed; for `.enabled(if:)`.
    package static let isInstalled = toolPath("nginx") != nil

    /// What may be different from one test to the next.
    package struct Options: Sendable {
        /// The port of this machine to which requests go.
        package var upstream: Int
        /// Its certificate, followed by those that lead to its authority, in PEM.
        package var certificate: String
        /// Its key in PEM.
        package var key: String
        /// Who must have signed the certificates of clients, in PEM; nil when they need none.
        package var clientAuthority: String?

        /// Joins the parts.
        package init(upstream: Int, certificate: String, key: String, clientAuthority: String? = nil) {
            self.upstream = upstream
            self.certificate = certificate
            self.key = key
            self.clientAuthority = clientAuthority
        }
    }

    /// It did not begin to work.
    package struct Failure: Error, CustomStringConvertible {
        /// What it wrote.
        package let description: String
    }

    /// Where it listens.
    package let port: Int
}

/// Runs a server for as long as `body` runs.
///
/// - Throws: ``MissingTool``, ``NginxServer/Failure``; what `body` throws.
package func withNginx<Result>(
    _ options: NginxServer.Options,
    _ body: (NginxServer) async throws -> Result
) async throws -> Result {
    let executable = try requireTool("nginx")
    return try await withTemporaryFolder { folder in
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
        try options.certificate.write(toFile: "\(folder)/server.pem", atomically: true, encoding: .utf8)
        try options.key.write(toFile: "\(folder)/server.key", atomically: true, encoding: .utf8)
        try options.clientAuthority?.write(toFile: "\(folder)/clients.pem", atomically: true, encoding: .utf8)
        return try await withFreePort { port in
            let file = "\(folder)/nginx.conf"
            try configuration(options, folder, port).write(toFile: file, atomically: true, encoding: .utf8)
            return try await withProcess(executable, ["-c", file, "-p", folder, "-e", "stderr"]) { process in
                await process.stderr.wait { $0.contains("start worker process ") || $0.contains("[emerg]") }
                let log = process.stderr.text
                guard !log.contains("[emerg]"), log.contains("start worker process ") else {
                    if log.contains("Address already in use") { throw PortTaken() }
                    throw NginxServer.Failure(description: log)
                }
                return try await body(NginxServer(port: port))
            }
        }
    }
}

private func configuration(_ options: NginxServer.Options, _ folder: String, _ port: Int) -> String {
    let clients =
        options.clientAuthority == nil
        ? "" : "ssl_client_certificate \(folder)/clients.pem; ssl_verify_client on; ssl_verify_depth 5;"
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: " ")
    return """
        daemon off;
        worker_processes 1;
        pid \(folder)/nginx.pid;
        error_log stderr notice;
        events { worker_connections 256; }
        http {
            access_log off;
            \(temporary)
            client_max_body_size 0;
            server {
                listen 127.0.0.1:\(port) ssl;
                ssl_certificate \(folder)/server.pem;
                ssl_certificate_key \(folder)/server.key;
                \(clients)
                location / {
                    proxy_pass http://127.0.0.1:\(options.upstream);
                    proxy_http_version 1.1;
                    proxy_set_header Host $http_host;
                    proxy_set_header X-Forwarded-Proto https;
                    proxy_request_buffering off;
                    proxy_buffering off;
                }
            }
        }

        """
}
