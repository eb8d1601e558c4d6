import FerryTestSupport
import Foundation
import Logging
import OCIModel
import RegistryClient
import Testing

@testable import FerryCommands

struct HostsFileTests {
    private let registry: RegistryName
    private let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
    private static let today = Date(timeIntervalSince1970: 1_790_000_000)
    private static let limits = UploadLimits(largestBody: 32 << 20, cutsConnections: true, takesWholeBlobsOnly: true)

    init() throws {
        registry = try RegistryName("registry.example.com:5000")
    }

    private func days(_ count: Int) -> Date { Self.today.addingTimeInterval(Double(count) * 86_400) }

    private func open(_ folder: String, after count: Int = 0) async -> HostsFile {
        let date = days(count)
        return await HostsFile.open(at: "\(folder)/working-dir/hosts.json", today: { date }, logger: logger)
    }

    @Test func `a later run knows what an earlier one has learnt`() async throws {
        try await withTemporaryFolder { folder in
            let file = await open(folder)
            #expect(await file.uploadLimits(of: registry) == nil)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/working-dir"))
            await file.remember(Self.limits, of: registry)
            let other = try RegistryName("other.example.com")
            await file.remember(UploadLimits(largestBody: 5), of: other)
            for day in [0, 1, 29, -1] {
                #expect(await open(folder, after: day).uploadLimits(of: registry) == Self.limits)
            }
            #expect(await open(folder).uploadLimits(of: other) == UploadLimits(largestBody: 5))
            // Too old, and of days to come.
            for day in [32, 400, -3] { #expect(await open(folder, after: day).uploadLimits(of: registry) == nil) }
        }
    }

    @Test func `what is not so any more is forgotten`() async throws {
        try await withTemporaryFolder { folder in
            let file = await open(folder)
            await file.remember(Self.limits, of: registry)
            await file.remember(UploadLimits(), of: registry)
            #expect(await open(folder).uploadLimits(of: registry) == nil)
        }
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"schemaVersion":2,"hosts":{}}"#, #"{"schemaVersion":1}"#, "\0\u{1}",
        #"{"schemaVersion":1,"hosts":{"registry.example.com:5000":{"largestBody":"x","learned":"2026-09-21"}}}"#,
        #"{"schemaVersion":1,"hosts":{"registry.example.com:5000":{"largestBody":5,"learned":"yesterday"}}}"#,
        #"{"schemaVersion":1,"hosts":{"registry.example.com:5000":{"largestBody":5,"learned":"2026-99-99"}}}"#,
        #"{"schemaVersion":1,"hosts":{"registry.example.com:5000":{"largestBody":-5,"learned":"2026-09-21"}}}"#,
        #"{"schemaVersion":1,"hosts":{"registry.example.com:5000":{"largestBody":1e99,"learned":"2026-09-21"}}}"#,
    ])
    func `a file that makes no sense says nothing, and is written anew`(text: String) async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/working-dir", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/working-dir/hosts.json"))
            let file = await open(folder)
            #expect(await file.uploadLimits(of: registry) == nil)
            await file.remember(Self.limits, of: registry)
            #expect(await open(folder).uploadLimits(of: registry) == Self.limits)
        }
    }

    @Test func `a folder that cannot be written stops nobody`() async throws {
        try await withTemporaryFolder { folder in
            try Data().write(to: URL(fileURLWithPath: "\(folder)/working-dir"))
            let file = await open(folder)
            await file.remember(Self.limits, of: registry)
            #expect(await file.uploadLimits(of: registry) == Self.limits)
        }
    }

    @Test func `keeps a bounded number of registries, the latest`() throws {
        var document = HostsDocument()
        for number in 0..<300 {
            let name = try RegistryName("r\(number).example.com")
            document.remember(UploadLimits(largestBody: 5), of: name, on: days(number))
        }
        let read = try HostsDocument(reading: Data(document.encoded))
        #expect(read == document)
        #expect(read.limits(of: try RegistryName("r43.example.com"), on: days(43)) == nil)
        #expect(read.limits(of: try RegistryName("r44.example.com"), on: days(44)) != nil)
        #expect(read.limits(of: try RegistryName("r299.example.com"), on: days(300)) != nil)
    }
}
