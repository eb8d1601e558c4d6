import Dispatch
import Foundation
import Glibc

/// Sends requests as they are written, right or wrong, over one plain connection each.
package struct RawHTTPClient: Sendable {
    /// The connection failed.
    package struct Failure: Error, CustomStringConvertible {
        /// What failed, with the system's reason.
        package let description: String
    }

    private let port: UInt16

    /// Talks to a port of this machine.
    package init(port: Int) {
        self.port = UInt16(truncatingIfNeeded: port)
    }

    /// Sends one request and reads until the server closes.
    ///
    /// `Host`, `Connection: close` and, unless it is given, `Content-Length` are added.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - path: the path with query, percent-encoded.
    ///   - headers: more header fields.
    ///   - body: the bytes that follow the head, which may be fewer than `Content-Length` says.
    /// - Returns: the answer as far as it came.
    /// - Throws: ``Failure``.
    package func send(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: [UInt8] = []
    ) async throws -> RawResponse {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        if headers["Content-Length"] == nil, !body.isEmpty || ["PUT", "POST", "PATCH"].contains(method) {
            head += "Content-Length: \(body.count)\r\n"
        }
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        let request = Array("\(head)\r\n".utf8) + body
        let isTorn = headers["Content-Length"].flatMap { Int($0) }.map { $0 > body.count } ?? false
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "test.http").async {
                continuation.resume(with: Result { try exchange(request, hangsUp: isTorn) })
            }
        }
    }

    /// Connects, sends nothing and waits until the server closes.
    ///
    /// - Returns: what the server sent; usually nothing, which has status 0.
    /// - Throws: ``Failure``.
    package func stayIdle() async throws -> RawResponse {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "test.http.idle").async {
                continuation.resume(with: Result { try exchange([], hangsUp: false) })
            }
        }
    }

    private func exchange(_ request: [UInt8], hangsUp: Bool) throws -> RawResponse {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw failure("socket") }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw failure("connect") }
        var rest = request[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The server may answer and hang up before it has everything; its answer is what counts.
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        if hangsUp { shutdown(socket, Int32(SHUT_WR)) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer.append(contentsOf: buffer.prefix(count))
        }
        return RawResponse(answer)
    }

    private func failure(_ operation: String) -> Failure {
        Failure(description: "\(operation) failed: \(String(cString: strerror(errno)))")
    }
}

/// An answer as it came over the connection.
package struct RawResponse: Sendable {
    /// The status; 0 when the connection ended before there was one.
    package let status: Int
    /// The header fields, names in lower case.
    package let headers: [String: String]
    /// The body as far as it came.
    package let body: [UInt8]
    /// Statuses below 200 that came before.
    package let interim: [Int]

    /// The body as text.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// Whether the body has as many bytes as the head promised.
    package var isComplete: Bool { headers["content-length"].flatMap { Int($0) } == body.count }

    /// The code of the first error in the body, if it is an error document.
    package var errorCode: String? {
        struct Document: Decodable {
            struct Entry: Decodable { let code: String }
            let errors: [Entry]
        }
        return (try? JSONDecoder().decode(Document.self, from: Data(body)))?.errors.first?.code
    }

    fileprivate init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        var interim: [Int] = []
        var status = 0
        var headers: [String: String] = [:]
        while let end = Self.endOfHead(rest) {
            let lines = String(decoding: rest[..<end], as: UTF8.self).components(separatedBy: "\r\n")
            rest = rest[(end + 4)...]
            status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            headers = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { continue }
                headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
            }
            guard (100..<200).contains(status) else { break }
            interim.append(status)
        }
        self.status = status
        self.headers = headers
        self.interim = interim
        body = Array(rest)
    }

    private static func endOfHead(_ bytes: ArraySlice<UInt8>) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        return bytes.indices.dropLast(3).first { bytes[$0] == 13 && Array(bytes[$0..<($0 + 4)]) == mark }
    }
}
