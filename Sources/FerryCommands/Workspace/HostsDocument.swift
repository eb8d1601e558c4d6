import Foundation
import OCIModel
import RegistryClient

/// What is remembered of registries between runs, without any I/O; schema version 1.
struct HostsDocument: Codable, Hashable {
    /// What is remembered of one registry.
    struct Host: Codable, Hashable {
        /// The largest body that is sent in one request, in bytes.
        var largestBody: Int64?
        /// Whether connections were cut in the middle.
        var cutsConnections: Bool?
        /// Whether a blob must go in one request.
        var takesWholeBlobsOnly: Bool?
        /// The day on which that was learnt, as `2026-01-31` in UTC.
        var learned: String
    }

    /// The version of the form that this program writes and reads.
    static let version = 1
    /// After how many days something counts no more: proxies are set up anew.
    static let lifetime = 30
    /// How many registries are remembered; the oldest go first.
    static let maximumHosts = 256

    private(set) var schemaVersion = version
    /// By the name of the registry.
    private var hosts: [String: Host] = [:]

    /// An empty one.
    init() {}

    /// Reads a document; what it says of another version is not understood.
    ///
    /// - Throws: `DecodingError`.
    init(reading data: Data) throws {
        let document = try JSONDecoder().decode(HostsDocument.self, from: data)
        guard document.schemaVersion == Self.version else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "schemaVersion is \(document.schemaVersion)")
            )
        }
        self = document
    }

    /// The bytes of the file.
    var encoded: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // A document of strings and integers can always be encoded.
        return ((try? encoder.encode(self)).map { Array($0) } ?? []) + [UInt8(ascii: "\n")]
    }

    /// What is known of a registry on a day; nil when it is nothing, too old, or of days to come.
    func limits(of registry: RegistryName, on today: Date) -> UploadLimits? {
        guard let host = hosts[registry.text], let day = Self.day(host.learned) else { return nil }
        // Clocks of machines that share a folder may differ by a day.
        let age = today.timeIntervalSince(day) / 86_400
        guard age >= -1, age <= Double(Self.lifetime + 1) else { return nil }
        let limits = UploadLimits(
            largestBody: host.largestBody,
            cutsConnections: host.cutsConnections ?? false,
            takesWholeBlobsOnly: host.takesWholeBlobsOnly ?? false
        )
        return limits == UploadLimits() ? nil : limits
    }

    /// Something else is known of a registry.
    mutating func remember(_ limits: UploadLimits, of registry: RegistryName, on today: Date) {
        guard limits != UploadLimits() else {
            hosts[registry.text] = nil
            return
        }
        hosts[registry.text] = Host(
            largestBody: limits.largestBody,
            cutsConnections: limits.cutsConnections ? true : nil,
            takesWholeBlobsOnly: limits.takesWholeBlobsOnly ? true : nil,
            learned: today.formatted(Self.style)
        )
        while hosts.count > Self.maximumHosts, let oldest = hosts.min(by: { $0.value.learned < $1.value.learned }) {
            hosts[oldest.key] = nil
        }
    }

    private static let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()

    private static func day(_ text: String) -> Date? { text.utf8.count == 10 ? try? style.parse(text) : nil }
}
