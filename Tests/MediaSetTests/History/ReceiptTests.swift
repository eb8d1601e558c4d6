import Foundation
import ImageStorage
import OCIModel
import OpenSSLCrypto
import Testing

@testable import MediaSet

@Suite struct ReceiptTests {
    /// A set in a folder, and its receipt.
    private func withSet(_ body: (String, SampleSet, Receipt) async throws -> Void) async throws {
        let sample = try SampleSet([[1000], [10]])
        try await withScratchFolder { folder in
            let finished = try await sample.write(to: folder)
            let receipt = Receipt(
                set: finished.set,
                sequence: 3,
                lockDigest: try ContentHasher.digest(of: Array("{\"lock\":1}".utf8)),
                target: "mirror.lab:5000/ocp",
                images: sample.images.map(\.manifest.digest)
            )
            try await body(folder, sample, receipt)
        }
    }

    private func changed(
        _ receipt: Receipt,
        set: SetIdentifier? = nil,
        sequence: Int? = nil,
        lockDigest: Digest? = nil,
        images: [Digest]? = nil
    ) -> Receipt {
        Receipt(
            set: set ?? receipt.set,
            sequence: sequence ?? receipt.sequence,
            lockDigest: lockDigest ?? receipt.lockDigest,
            target: receipt.target,
            images: images ?? receipt.images
        )
    }

    @Test func oneThatIsAddedIsAcknowledgedAlsoTheSecondTime() async throws {
        try await withSet { folder, _, receipt in
            #expect(try ReceiptStore.acknowledged(folder: folder).isEmpty)
            let store = try ReceiptStore(folder: folder)
            let path = try store.add(receipt, name: "r")
            let name =
                "000003_\(receipt.set)_mirror.lab_5000_ocp_\(try TargetFileName.part(for: receipt.target).suffix(8)).json"
            #expect(path == "\(folder)/working-dir/receipts/default/\(name)")
            let bytes = try Data(contentsOf: URL(filePath: path))
            try store.add(Receipt(bytes: Array(bytes), name: "r"), name: "r")
            #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
            let other = Receipt(
                set: receipt.set,
                sequence: 3,
                lockDigest: receipt.lockDigest,
                target: "mirror.lab_5000/ocp",
                images: receipt.images
            )
            try store.add(other, name: "r")
            #expect(
                try ReceiptStore.acknowledged(folder: folder) == [
                    receipt.target: [receipt.set], other.target: [receipt.set],
                ]
            )
            #expect(try ReceiptStore.acknowledged(folder: folder, destination: "enclave").isEmpty)
        }
    }

    @Test func oneThatDoesNotFitItsSetIsRefusedAndNotKept() async throws {
        try await withSet { folder, sample, receipt in
            let stranger = try ContentHasher.digest(of: [1, 2, 3])
            let wrong: [(Receipt, String)] = [
                (changed(receipt, set: try SetIdentifier("0123456789ab")), "was not made here"),
                (changed(receipt, sequence: 4), "number 3, not 4"),
                (changed(receipt, lockDigest: stranger), "another lock file"),
                (changed(receipt, images: receipt.images + [stranger]), "\(stranger) is not in the set"),
                (changed(receipt, images: [receipt.images[1]]), "names 1 of the 2 images"),
            ]
            let store = try ReceiptStore(folder: folder)
            for (receipt, reason) in wrong {
                let error = #expect(throws: MediaSetError.self) { try store.add(receipt, name: "r.json") }
                #expect(error?.code == .invalidReceipt)
                #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("r.json") == true)
                #expect(error?.kind == .refused)
            }
            let foreign = try ReceiptStore(folder: folder, destination: "enclave")
            let error = #expect(throws: MediaSetError.self) { try foreign.add(receipt, name: "r.json") }
            #expect(error?.code == .invalidReceipt)
            #expect(try ReceiptStore.acknowledged(folder: folder).isEmpty)
            #expect(sample.images.count == 2)
        }
    }

    @Test func whoChangesItByHandIsFoundOut() async throws {
        try await withSet { _, _, receipt in
            let file = try receipt.file()
            #expect(try Receipt(bytes: file, name: "r") == receipt)
            let text = String(decoding: file, as: UTF8.self)
            let first = "    \"\(receipt.images[0])\",\n"
            let second = receipt.images[1].description
            let changes = [
                (first, ""), (second, String(second.dropLast()) + (second.hasSuffix("0") ? "1" : "0")),
                ("mirror.lab", "mirror.bal"), ("\"sequence\" : 3", "\"sequence\" : 4"),
            ]
            for (old, new) in changes {
                #expect(text.contains(old))
                let bytes = Array(text.replacingOccurrences(of: old, with: new).utf8)
                let error = #expect(throws: MediaSetError.self) { try Receipt(bytes: bytes, name: "r.json") }
                #expect(error?.code == .invalidReceipt)
                #expect(error?.message.contains("r.json was changed") == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test(
        arguments: [
            ("\"format\" : 1", "\"format\" : 2", "format 2"),
            ("\"sequence\" : 3", "\"sequence\" : 0", "no whole receipt"),
            ("\"sequence\" : 3", "\"sequence\" : 1000000", "no whole receipt"),
            ("\"target\"", "\"tarmac\"", "target is missing"),
            ("sha256:", "sha256:x", "cannot be read"),
            ("{", "", "malformed"),
        ]
    )
    func aDamagedOneIsNamed(old: String, new: String, reason: String) async throws {
        try await withSet { folder, _, receipt in
            let text = String(decoding: try receipt.file(), as: UTF8.self)
            let bytes = Array(text.replacingOccurrences(of: old, with: new).utf8)
            let error = #expect(throws: MediaSetError.self) { try Receipt(bytes: bytes, name: "r.json") }
            #expect(error?.code == .invalidReceipt)
            #expect(error?.message.contains("r.json") == true)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            // One that was damaged where it is kept is no silent loss of an acknowledgement.
            let path = try ReceiptStore(folder: folder).add(receipt, name: "r.json")
            try Data(bytes).write(to: URL(filePath: path))
            let kept = #expect(throws: MediaSetError.self) { try ReceiptStore.acknowledged(folder: folder) }
            #expect(kept?.code == .invalidReceipt)
        }
    }

    @Test func oneWithoutImagesIsNone() throws {
        let receipt = Receipt(
            set: try SetIdentifier("0123456789ab"),
            sequence: 1,
            lockDigest: try ContentHasher.digest(of: [1]),
            target: "a.b",
            images: []
        )
        let error = #expect(throws: MediaSetError.self) { try Receipt(bytes: try receipt.file(), name: "r") }
        #expect(error?.code == .invalidReceipt)
    }
}
