import Foundation
import MediaSet
import Synchronization
import Testing

/// A drive into which a script puts one thing after the other.
final class Drive: VolumeRequester {
    struct Declined: Error {}

    /// What is done when a volume is asked for.
    typealias Step = @Sendable (VolumeRequest, Drive) throws -> Void

    let folder: String
    private let step: Step
    private let asked = Mutex<[VolumeRequest]>([])

    init(_ folder: String, _ step: @escaping Step) throws {
        self.folder = folder
        self.step = step
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// The requests so far.
    var requests: [VolumeRequest] { asked.withLock { $0 } }

    /// The volume numbers that were asked for, in order.
    var numbers: [Int] {
        requests.compactMap { if case .volume(let number) = $0.need { number } else { nil } }
    }

    func request(_ request: VolumeRequest) async throws {
        asked.withLock { $0.append(request) }
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        #expect(!open.contains { $0.hasPrefix(folder) }, "the medium can be taken out")
        try step(request, self)
    }

    func put(_ paths: String...) throws {
        for name in try names(folder) { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
        for path in paths {
            let name = path.split(separator: "/").last ?? ""
            try FileManager.default.copyItem(atPath: path, toPath: "\(folder)/\(name)")
        }
    }
}
