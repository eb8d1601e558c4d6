import FerryTestSupport
import Foundation
import OpenSSLCrypto
import Testing

@testable import MediaSet

@Suite("Signatures of sets", .enabled(if: toolPath("openssl") != nil))
struct SetSignatureTests {
    private func makeKey() async throws -> SigningKey {
        let made = try await runProcess(try requireTool("openssl"), ["genpkey", "-algorithm", "ed25519"])
        var pem = Array(made.stdout.utf8)
        return try SigningKey(erasing: &pem, name: "key")
    }

    private func write(_ sample: SampleSet, to folder: String, key: SigningKey?) async throws -> FinishedSet {
        _ = try await sample.write(to: folder, VolumeSize(bytes: 2_000_000))
        // A set that is finished already can be finished again.
        let writer = try await MediaSetWriter.open(sample.layout(VolumeSize(bytes: 2_000_000)), folder: folder)
        return try await writer.finish(signingWith: key)
    }

    private func code(_ keys: [VerificationKey], _ folders: [String]) async throws -> MediaSetError.Code? {
        let reader = try await MediaSetReader.open(folders: folders)
        do {
            _ = try await reader.checkSignature(by: keys, folders: folders)
            return nil
        } catch let error as MediaSetError {
            return error.code
        }
    }

    @Test("a signature has the name of the set, is replaced only when it is not this key's, and is found by its set id")
    func files() async throws {
        let (key, other) = (try await makeKey(), try await makeKey())
        let sample = try SampleSet([[3_000_000]])
        try await withScratchFolder { folder in
            #expect(try await write(sample, to: folder, key: nil).signaturePath == nil)
            let keys = [key.verificationKey]
            #expect(try await code(keys, [folder]) == .notSigned)
            let finished = try await write(sample, to: folder, key: other)
            let path = try #require(finished.signaturePath)
            #expect(path == "\(folder)/mirror_000003_\(finished.set).sig")
            #expect(try await code(keys, [folder]) == .wrongSignature)
            #expect(try await code(keys + [other.verificationKey], [folder]) == nil)
            #expect(try await write(sample, to: folder, key: key).signaturePath == path)
            #expect(try await code(keys, [folder]) == nil)
            let manifest = try sample.layout(VolumeSize(bytes: 2_000_000)).manifestBytes
            #expect(key.verificationKey.accepts(try contents(path), of: manifest))

            // Another number in the name and another folder are fine, another set id is not.
            try MediaFolder.create("\(folder)/more")
            try MediaFolder.rename(path, to: "\(folder)/more/mirror_000077_\(finished.set).sig")
            #expect(try await code(keys, [folder]) == .notSigned)
            #expect(try await code(keys, [folder, "\(folder)/more"]) == nil)
            try MediaFolder.rename(
                "\(folder)/more/mirror_000077_\(finished.set).sig",
                to: "\(folder)/mirror_000001_0123456789ab.sig"
            )
            #expect(try await code(keys, [folder]) == .notSigned)
            try MediaFolder.rename("\(folder)/mirror_000001_0123456789ab.sig", to: path)

            // Volumes named one by one: the signature is found beside them. A wrong one of the same set does no harm.
            try MediaFolder.write([1, 2, 3], to: "\(folder)/mirror_000000_\(finished.set).sig")
            #expect(try await code(keys, finished.volumes) == nil)
            try edit(path) { $0 += [UInt8](repeating: 0, count: 5000) }
            #expect(try await code(keys, finished.volumes) == .wrongSignature)
            #expect(try await write(sample, to: folder, key: key).signaturePath == path)
            #expect(try await code(keys, finished.volumes) == nil)
        }
    }

    @Test("with volumes that come one at a time, the medium with the signature is asked for")
    func besideAnotherVolume() async throws {
        let key = try await makeKey()
        let sample = try SampleSet([[5_000_000]])
        try await withScratchFolder { folder in
            let finished = try await write(sample, to: "\(folder)/set", key: key)
            let signature = try #require(finished.signaturePath)
            let drive = try Drive("\(folder)/drive") { request, drive in
                switch request.need {
                case .volume(let number): try drive.put(finished.volumes[number - 1])
                case .file:
                    // First without the signature, then the medium that has it.
                    let isFirst = drive.requests.count == 2
                    if isFirst {
                        try drive.put(finished.volumes[2])
                    } else {
                        try drive.put(finished.volumes[2], signature)
                    }
                }
            }
            let reader = try await MediaSetReader.open(
                folders: [drive.folder],
                requester: drive,
                quiet: .milliseconds(20)
            )
            let path = try await reader.checkSignature(by: [key.verificationKey], folders: [drive.folder])
            #expect(path.hasPrefix(drive.folder))
            let name = String(signature.split(separator: "/").last ?? "")
            #expect(drive.requests.map(\.need) == [.volume(1), .file(name), .file(name)])
            #expect(drive.requests.last?.found == ["\(name) is not there"])
            #expect(try await reader.resource("ferry/lock.json") != nil)
            #expect(drive.numbers == [1, 1])
        }
    }
}
