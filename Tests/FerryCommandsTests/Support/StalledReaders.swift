import Foundation
import Glibc
import OCIModel

/// Connections that ask for something and never read the answer.
final class StalledReaders {
    /// A connection could not be made.
    struct Failure: Error {
        let code: Int32
    }

    private var sockets: [Int32] = []

    deinit {
        for socket in sockets { close(socket) }
    }

    /// Asks a server of this machine for a path over connections of their own; what they take at most is small.
    func ask(_ registry: RegistryName, for path: String, connections: Int) throws {
        for _ in 0..<connections {
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard socket >= 0 else { throw Failure(code: errno) }
            sockets.append(socket)
            var size: Int32 = 4096
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(registry.port ?? 0).bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard connected == 0 else { throw Failure(code: errno) }
            let request = Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
                throw Failure(code: errno)
            }
        }
    }

    /// How many of them have got the beginning of an answer.
    var answered: Int {
        var byte: UInt8 = 0
        return sockets.count { recv($0, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 1 }
    }
}

/// The resident size of a process in bytes; nil when it is gone.
func residentSize(of process: Int32) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return nil }
    return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map {
        $0 * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
