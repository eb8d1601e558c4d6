import Foundation
import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto
import SeededRandom
import Testing

@testable import MediaSet

@Suite struct MediaSetReaderTests {
    private static let repository = try? RepositoryPath("whatever")

    private func read(_ reader: MediaSetReader, _ blob: Descriptor, from offset: Int64 = 0) async throws -> [UInt8] {
        let repository = try RepositoryPath("whatever")
        return try await reader.withBlob(blob, in: repository, from: offset) { stream in
            var bytes: [UInt8] = []
            for try await chunk in stream { bytes += chunk.readableBytesView }
            return bytes
        }
    }

    @Test(arguments: [Digest.Algorithm.sha256, .sha512])
    func givesBackWhatWasWritten(algorithm: Digest.Algorithm) async throws {
        let sample = try SampleSet([[5_000_000, 3000], [0, 70_000]], algorithm: algorithm)
        try await withScratchFolder { folder in
            try await sample.write(to: folder, VolumeSize(bytes: 2_000_000))
            let reader = try await MediaSetReader.open(folders: [folder])
            #expect(reader.volumeCount == 3)
            #expect(reader.notices.isEmpty)
            for blob in sample.blobs {
                let expected = try #require(sample.bytes[blob.digest])
                #expect(try await read(reader, blob) == expected)
                for offset in [Int64(1), blob.size / 2, 1_900_000, blob.size] where offset <= blob.size {
                    #expect(try await read(reader, blob, from: offset) == Array(expected.dropFirst(Int(offset))))
                }
            }
            #expect(try await reader.resource("ferry/lock.json") == Array("{\"lock\":1}".utf8))
            #expect(try await reader.resource("ferry/none") == nil)
            let path = sample.images[0].destination
            let document = try #require(try await reader.manifest(.tag(Tag("v1")), in: path))
            #expect(document.bytes == sample.documents[0].bytes)
            #expect(
                try await reader.manifest(.digest(sample.documents[1].digest), in: path)?.bytes
                    == sample.documents[1].bytes
            )
            #expect(try await reader.manifest(.tag(Tag("v2")), in: path) == nil)
            #expect(try await reader.tags(in: path) == [Tag("v1")])
            #expect(try await reader.closure() == MediaSetClosure(missing: [], required: []))
            let stranger = try Descriptor(
                mediaType: .ociLayer,
                digest: ContentHasher.digest(of: [1, 2, 3]),
                size: 3
            )
            await #expect(throws: ImageStorageError.self) { try await read(reader, stranger) }
        }
    }

    @Test func volumesOnSeveralReadOnlyMedia() async throws {
        let sample = try SampleSet([[5_000_000]])
        try await withScratchFolder { folder in
            let finished = try await sample.write(to: folder, VolumeSize(bytes: 2_000_000))
            let media = ["\(folder)/m1", "\(folder)/m2", "\(folder)/m3"]
            for (index, path) in finished.volumes.enumerated() {
                try FileManager.default.createDirectory(atPath: media[index], withIntermediateDirectories: false)
                try FileManager.default.moveItem(
                    atPath: path,
                    toPath: "\(media[index])/\(path.split(separator: "/").last ?? "")"
                )
                #expect(chmod(media[index], 0o555) == 0)
            }
            let reader = try await MediaSetReader.open(folders: media.reversed())
            #expect(try await read(reader, sample.blobs[0]) == sample.bytes[sample.blobs[0].digest])
            #expect(try await MediaSetVerifier.verify(folders: media).isIntact)
            for folder in media {
                #expect(try names(folder).count == 1)
                #expect(chmod(folder, 0o755) == 0)
            }
        }
    }

    @Test func namesEveryVolumeAtFault() async throws {
        let sample = try SampleSet([[12_000_000]])
        let other = try SampleSet([[12_000_000]], seed: 7)
        let size = try VolumeSize(bytes: 2_000_000)
        try await withScratchFolder { folder in
            try await withScratchFolder { second in
                let volumes = try await sample.write(to: folder, size).volumes
                let others = try await other.write(to: second, size).volumes
                #expect(volumes.count == 7)
                // 1 missing, 2 truncated, 3 of another set, 4 with a damaged beginning, 5 empty, 6 and 7 swapped.
                try FileManager.default.removeItem(atPath: volumes[0])
                try edit(volumes[1]) { $0.removeLast(1000) }
                try FileManager.default.removeItem(atPath: volumes[2])
                try FileManager.default.copyItem(atPath: others[2], toPath: volumes[2])
                try edit(volumes[3]) { $0[20] ^= 1 }
                try Data().write(to: URL(filePath: volumes[4]))
                try FileManager.default.moveItem(atPath: volumes[5], toPath: "\(folder)/swap")
                try FileManager.default.moveItem(atPath: volumes[6], toPath: volumes[5])
                try FileManager.default.moveItem(atPath: "\(folder)/swap", toPath: volumes[6])
                let selection = SetSelection.set(try sample.layout(size).set)
                let error = await #expect(throws: MediaSetError.self) {
                    try await MediaSetReader.open(folders: [folder], selection: selection)
                }
                #expect(error?.code == .damagedVolumes)
                #expect(error?.kind == .integrity)
                let found = error?.problems.map { [$0.volume.map(String.init) ?? "", $0.kind.rawValue] }
                #expect(
                    found == [
                        ["1", "missing"], ["2", "truncated"], ["3", "foreign"], ["4", "damaged"], ["5", "truncated"],
                    ]
                )
                #expect(error?.description.contains("volume 3") == true)
                let reader = try await MediaSetReader.open(
                    folders: [folder],
                    selection: selection,
                    allowingProblems: true
                )
                #expect(reader.notices.map(\.kind) == [.renamed, .renamed])
                #expect(reader.problems.count == 5)
                let missing = await #expect(throws: MediaSetError.self) { try await read(reader, sample.blobs[0]) }
                #expect(missing?.code == .volumeMissing)
            }
        }
    }

    @Test func renamedAndDoubleFilesAreRecognised() async throws {
        let sample = try SampleSet([[3_000_000]])
        try await withScratchFolder { folder in
            let volumes = try await sample.write(to: folder, VolumeSize(bytes: 2_000_000)).volumes
            try FileManager.default.moveItem(atPath: volumes[0], toPath: "\(folder)/disc one.bin")
            try FileManager.default.copyItem(atPath: volumes[1], toPath: "\(folder)/z copy.tar")
            let reader = try await MediaSetReader.open(folders: [folder])
            #expect(
                reader.notices.map(\.kind).sorted { $0.rawValue < $1.rawValue } == [.duplicate, .renamed]
            )
            #expect(try await read(reader, sample.blobs[0]) == sample.bytes[sample.blobs[0].digest])
        }
    }

    @Test func aFlippedBitInAVolumesOwnDocumentNamesIt() async throws {
        let sample = try SampleSet([[5_000_000]])
        try await withScratchFolder { folder in
            let volumes = try await sample.write(to: folder, VolumeSize(bytes: 2_000_000)).volumes
            let good = try contents(volumes[1])
            let size = Int(try #require(good[512..<1024].firstIndex(of: 0))) - 512
            var generator = SeededGenerator(seed: 11)
            for place in 0..<size {
                var bytes = good
                bytes[512 + place] ^= 1 << UInt8.random(in: 0...6, using: &generator)
                try Data(bytes).write(to: URL(filePath: volumes[1]))
                let error = await #expect(throws: MediaSetError.self) {
                    try await MediaSetReader.open(folders: [folder])
                }
                #expect(error?.code == .damagedVolumes, "byte \(place): \(error?.description ?? "")")
                #expect(
                    error?.problems.contains { $0.volume == 2 } == true,
                    "byte \(place): \(error?.description ?? "")"
                )
            }
        }
    }

    @Test func aSoundCopyStandsInForADamagedOne() async throws {
        let sample = try SampleSet([[3_000_000]])
        try await withScratchFolder { folder in
            let volumes = try await sample.write(to: folder, VolumeSize(bytes: 2_000_000)).volumes
            try FileManager.default.copyItem(atPath: volumes[0], toPath: "\(folder)/z.tar")
            try edit(volumes[0]) { $0.removeLast(5000) }
            let reader = try await MediaSetReader.open(folders: [folder])
            #expect(reader.volumePaths[1] == "\(folder)/z.tar")
            #expect(try await read(reader, sample.blobs[0]) == sample.bytes[sample.blobs[0].digest])
        }
    }

    @Test func choosesAmongSets() async throws {
        let first = try SampleSet([[1000]])
        let second = try SampleSet([[2000]], seed: 5)
        try await withScratchFolder { folder in
            let none = await #expect(throws: MediaSetError.self) { try await MediaSetReader.open(folders: [folder]) }
            #expect(none?.code == .noSet)
            let one = try await first.write(to: folder).set
            let two = try await second.write(to: folder).set
            let both = await #expect(throws: MediaSetError.self) { try await MediaSetReader.open(folders: [folder]) }
            #expect(both?.code == .ambiguousSet)
            #expect(both?.message.contains(one.text) == true && both?.message.contains(two.text) == true)
            #expect(try await MediaSetReader.open(folders: [folder], selection: .set(one)).set == one)
            var third = second.content
            third.sequence = 4
            let layout = try SetLayout.plan(third)
            let writer = try await MediaSetWriter.open(layout, folder: folder)
            try await second.fill(writer, from: CountingSource(second))
            let newest = try await writer.finish().set
            #expect(try await MediaSetReader.open(folders: [folder]).set == newest)
            #expect(try await MediaSetReader.open(folders: [folder], selection: .sequence(4)).set == newest)
            let other = await #expect(throws: MediaSetError.self) {
                try await MediaSetReader.open(folders: [folder], selection: .sequence(9))
            }
            #expect(other?.code == .noSet)
        }
    }

    @Test func anUnfinishedSetSaysSo() async throws {
        let sample = try SampleSet([[1000]])
        try await withScratchFolder { folder in
            let writer = try await MediaSetWriter.open(sample.layout(), folder: folder)
            writer.close()
            let error = await #expect(throws: MediaSetError.self) { try await MediaSetReader.open(folders: [folder]) }
            #expect(error?.code == .damagedVolumes)
            #expect(error?.problems.map(\.kind) == [.unfinished])
        }
    }

    @Test func closureFindsWhatLacks() async throws {
        let sample = try SampleSet([[1000, 2000], [3000]])
        var content = sample.content
        let missing = sample.blobs[0]
        let earlier = sample.blobs[1]
        content.blobs.removeAll { $0 == missing || $0 == earlier }
        content.requires = [earlier.digest: try SetIdentifier("0123456789ab")]
        let layout = try SetLayout.plan(content)
        try await withScratchFolder { folder in
            let writer = try await MediaSetWriter.open(layout, folder: folder)
            #expect(try await writer.containsBlob(earlier, in: RepositoryPath("a")))
            for blob in layout.blobs {
                try await writer.writeBlob(blob, to: RepositoryPath("a"), from: CountingSource(sample).opener(blob))
            }
            _ = try await writer.finish()
            let closure = try await MediaSetReader.open(folders: [folder]).closure()
            #expect(closure.missing.map(\.digest) == [missing.digest])
            #expect(closure.missing.first?.images == [sample.images[0].origin])
            #expect(closure.required.map(\.digest) == [earlier.digest])
            let report = try await MediaSetVerifier.verify(folders: [folder])
            #expect(report.missing == closure.missing)
            #expect(report.required == 1)
            #expect(report.hurtImages.map(\.origin) == [sample.images[0].origin])
            #expect(!report.isIntact)
        }
    }

    @Test func referrersAreFound() async throws {
        var sample = try SampleSet([[1000]])
        let subject = sample.images[0].manifest
        let config = sample.blobs[1]
        let text =
            "{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.ociManifest)\",\"artifactType\":\"application/x.sig\","
            + "\"config\":{\"mediaType\":\"\(config.mediaType)\",\"digest\":\"\(config.digest)\",\"size\":\(config.size)},"
            + "\"layers\":[],\"subject\":{\"mediaType\":\"\(subject.mediaType)\",\"digest\":\"\(subject.digest)\","
            + "\"size\":\(subject.size)}}"
        let document = try ManifestDocument(verifying: Array(text.utf8), contentType: nil, expected: nil)
        let blob = try Descriptor(mediaType: .ociManifest, digest: document.digest, size: document.size)
        sample.blobs.append(blob)
        sample.bytes[blob.digest] = document.bytes
        try await withScratchFolder { folder in
            try await sample.write(to: folder)
            let content = try await MediaSetRegistryContent(MediaSetReader.open(folders: [folder]))
            let path = sample.images[0].destination
            let found = try await content.referrers(of: subject.digest, in: path)
            #expect(found.map(\.digest) == [document.digest])
            #expect(found.first?.artifactType == "application/x.sig")
            #expect(try await content.referrers(of: config.digest, in: path).isEmpty)
        }
    }

    @Test func fuzzedVolumesNeverGoUnnoticedOrTrap() async throws {
        let sample = try SampleSet([[20_000]])
        try await withScratchFolder { folder in
            let volume = try await sample.write(to: folder).volumes[0]
            let good = try contents(volume)
            let reader = try await MediaSetReader.open(folders: [folder])
            let headers = Int(reader.volumes[1]?.blobsOffset ?? 0)
            var generator = FuzzSeed.generator(42)
            for rounds in 1...60 {
                var bytes = good
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: 0..<(rounds.isMultiple(of: 2) ? headers : 4096), using: &generator)
                    bytes[place] = UInt8.random(in: 0...255, using: &generator)
                }
                if rounds.isMultiple(of: 7) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator)) }
                guard bytes != good else { continue }
                try Data(bytes).write(to: URL(filePath: volume))
                do {
                    let report = try await MediaSetVerifier.verify(folders: [folder])
                    #expect(!report.isIntact)
                } catch let error as MediaSetError {
                    #expect([.damagedVolumes, .damagedDocument].contains(error.code), "\(error)")
                }
            }
        }
    }
}
