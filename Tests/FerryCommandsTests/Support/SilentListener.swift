import Foundation

/// A port of this machine that takes connections and never says a word.
final class SilentListener: Sendable {
    /// The system gave no socket.
    struct Failure: Error {
        let code: Int32
    }

    /// The port.
    let port: UInt16
    private let socket: Int32

    /// Begins to listen; the kernel takes the connections, nobody ever looks at them.
    init() throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failure(code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = withUnsafeMutablePointer(to: &address) { [socket] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, size) == 0 && listen(socket, 16) == 0 && getsockname(socket, generic, &size) == 0
            }
        }
        guard listening else {
            let code = errno
            close(socket)
            throw Failure(code: code)
        }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit {
        close(socket)
    }
}
