import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import Testing

extension Scene {
    /// The folder of one of several targets, `working-dir` of the files below it left out.
    func folder(of target: RegistryName, _ path: String? = nil, in workspace: String) -> String {
        let name = target.text.replacingOccurrences(of: ":", with: "_") + (path.map { "_\($0)" } ?? "")
        return "\(workspace)/working-dir/targets/\(name)"
    }

    /// The report of one of several targets.
    func targetReport(in folder: String) throws -> ReportDocument {
        let report = try JSONDecoder().decode(ReportDocument.self, from: bytes("\(folder)/report.json"))
        #expect(report.wanted == report.entries.count, "every image has one fate")
        return report
    }
}

extension TestRegistry {
    /// How many requests were about content, and not about whether somebody is there.
    var contentRequests: Int { traffic.counts.log.count { !$0.contains(" /v2/ ") } }

    /// Expects an image under a tag, to the bit, read from the store.
    func expect(
        _ image: TestImage,
        as repository: String,
        tag: String = "v1",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let path = try RepositoryPath(repository)
        let digest = try await store.readBack(.tag(OCIModel.Tag(tag)), in: path)
        #expect(digest == image.manifest.digest, sourceLocation: sourceLocation)
        for blob in image.blobs {
            let isThere = try await store.containsBlob(blob.descriptor, in: path)
            #expect(isThere, sourceLocation: sourceLocation)
        }
    }
}
