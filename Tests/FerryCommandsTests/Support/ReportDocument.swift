import Foundation
import Testing

/// `report.json` as any reader of it sees it.
struct ReportDocument: Decodable {
    struct Entry: Decodable {
        let origin: String
        let digest: String?
        let destination: String?
        let kind: String
        let reasons: [String]
        let status: String
        let message: String?
    }

    struct Traffic: Decodable {
        let blobsMoved: Int
        let bytesMoved: Int64
        let blobsMounted: Int
        let imagesPresent: Int
    }

    let entries: [Entry]
    let wanted: Int
    let traffic: Traffic
    let warnings: [String]
    let conditionalUpdates: [ConditionalUpdate]

    struct ConditionalUpdate: Decodable {
        struct Risk: Decodable {
            let name: String
            let message: String
            let url: String
        }

        let from: String
        let to: String
        let risks: [Risk]
    }

    /// The entries of a status.
    func entries(_ status: String) -> [Entry] { entries.filter { $0.status == status } }
}

/// `lock.json`, as far as tests look into it.
struct LockDocument: Decodable {
    struct Image: Decodable {
        let digest: String
        let origin: String
    }

    let images: [Image]
}

extension Scene {
    /// The report below a folder.
    func report(in folder: String) throws -> ReportDocument {
        let report = try JSONDecoder().decode(ReportDocument.self, from: bytes("\(folder)/working-dir/report.json"))
        #expect(report.wanted == report.entries.count, "every image has one fate")
        return report
    }
}
