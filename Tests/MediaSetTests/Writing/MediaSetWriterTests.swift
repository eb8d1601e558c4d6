import FerryTestSupport
import Foundation
import ImageStorage
import OCIModel
import OpenSSLCrypto
import SeededRandom
import Testing

@testable import MediaSet

@Suite struct MediaSetWriterTests {
    private static let small = try? VolumeSize(bytes: 10_000_000)

    @Test func piecesJoinToTheBlob() async throws {
        let sample = try SampleSet([[35_000_000, 1000], [2_000_000, 0]])
        try await withScratchFolder { folder in
            let finished = try await sample.write(to: folder, VolumeSize(bytes: 10_000_000))
            #expect(finished.volumes.count == 4)
            for path in finished.volumes {
                #expect(try contents(path).count <= 10_000_000)
                #expect(try await runProcess(requireTool("tar"), ["-xf", path, "-C", folder]).status == 0)
                #expect(try await runProcess(requireTool("bsdtar"), ["-tf", path]).status == 0)
            }
            let big = sample.blobs[0]
            let pieces = try names("\(folder)/blobs/sha256").filter { $0.hasPrefix(big.digest.hex) }
            #expect(pieces.count == 4)
            let joined = try pieces.flatMap { try contents("\(folder)/blobs/sha256/\($0)") }
            #expect(joined == sample.bytes[big.digest])
            #expect(try contents("\(folder)/ferry/lock.json") == Array("{\"lock\":1}".utf8))
            #expect(try !names(folder).contains { $0.hasSuffix(".partial") })
        }
    }

    @Test func skopeoReadsOneVolume() async throws {
        let sample = try SampleSet([[100_000, 1000], [2000]])
        try await withScratchFolder { folder in
            let finished = try await sample.write(to: folder)
            let target = "\(folder)/copy"
            let result = try await runProcess(
                requireTool("skopeo"),
                ["copy", "--insecure-policy", "oci-archive:\(finished.volumes[0]):app/image-0:v1", "dir:\(target)"]
            )
            #expect(result.status == 0, "\(result)")
            #expect(try contents("\(target)/manifest.json") == sample.documents[0].bytes)
        }
    }

    @Test func sameContentSameBytes() async throws {
        let sample = try SampleSet([[3_000_000, 1000], [2000, 70_000]])
        let size = try VolumeSize(bytes: 1_500_000)
        try await withScratchFolder { first in
            try await withScratchFolder { second in
                let one = try await sample.write(to: first, size)
                let two = try await sample.write(to: second, size)
                #expect(one.volumes.count > 1)
                for (left, right) in zip(one.volumes, two.volumes) {
                    #expect(left.split(separator: "/").last == right.split(separator: "/").last)
                    #expect(try contents(left) == contents(right))
                }
            }
        }
    }

    @Test(arguments: [Digest.Algorithm.sha256, .sha512], 1...8)
    func continuesAtTheByte(algorithm: Digest.Algorithm, seed: Int) async throws {
        let sample = try SampleSet([[9_000_000, 3_000_000], [2_000_000, 500, 0], [4_000_000]], algorithm: algorithm)
        let layout = try sample.layout(VolumeSize(bytes: 5_000_000))
        try await withScratchFolder { folder in
            var generator = SeededGenerator(seed: UInt64(seed))
            var given: Int64 = 0
            var runs = 0
            while true {
                runs += 1
                let limit = Int64.random(in: 100_000...6_000_000, using: &generator)
                let source = CountingSource(sample, limit: runs > 6 ? nil : limit)
                let writer = try await MediaSetWriter.open(layout, folder: folder)
                do {
                    try await sample.fill(writer, from: source)
                } catch is CountingSource.Broken {
                    given += source.given
                    // As a kill would: nothing is finished or closed in an orderly way beyond the lock.
                    writer.close()
                    continue
                }
                given += source.given
                _ = try await writer.finish()
                break
            }
            #expect(runs > 1)
            #expect(given == sample.totalBytes)
            #expect(try await MediaSetVerifier.verify(folders: [folder]).isIntact)
        }
    }

    @Test func aSourceThatBreaksOffIsContinued() async throws {
        let sample = try SampleSet([[3_000_000]])
        try await withScratchFolder { folder in
            let writer = try await MediaSetWriter.open(sample.layout(), folder: folder)
            let source = CountingSource(sample, cutEvery: 500_000)
            try await sample.fill(writer, from: source)
            #expect(source.given == sample.totalBytes)
            #expect(source.opened > 6)
            _ = try await writer.finish()
        }
    }

    @Test func wrongBytesAreRefused() async throws {
        let sample = try SampleSet([[300_000]])
        let blob = sample.blobs[0]
        let repository = try RepositoryPath("a")
        try await withScratchFolder { folder in
            let writer = try await MediaSetWriter.open(sample.layout(), folder: folder)
            let source = CountingSource(sample)
            source.spoil(blob.digest)
            let error = await #expect(throws: MediaSetError.self) {
                try await writer.writeBlob(blob, to: repository, from: source.opener(blob))
            }
            #expect(error?.code == .digestMismatch)
            #expect(error?.kind == .integrity)
            #expect(try await !writer.containsBlob(blob, in: repository))
            let early = await #expect(throws: MediaSetError.self) { try await writer.finish() }
            #expect(early?.code == .incomplete)
            try await sample.fill(writer, from: CountingSource(sample))
            _ = try await writer.finish()
            #expect(try await MediaSetVerifier.verify(folders: [folder]).isIntact)
        }
    }

    @Test func wrongBytesOfAnEarlierRunAreFetchedAgain() async throws {
        let sample = try SampleSet([[3_000_000]])
        let blob = sample.blobs[0]
        let layout = try sample.layout()
        try await withScratchFolder { folder in
            let first = try await MediaSetWriter.open(layout, folder: folder)
            await #expect(throws: CountingSource.Broken.self) {
                try await sample.fill(first, from: CountingSource(sample, limit: 2_000_000))
            }
            first.close()
            let partial = try #require(try names(folder).first { $0.hasSuffix(".partial") })
            try edit("\(folder)/\(partial)") { $0[Int(layout.pieces(of: 0)[0].dataOffset) + 7] ^= 0x40 }
            let writer = try await MediaSetWriter.open(layout, folder: folder)
            let source = CountingSource(sample)
            try await sample.fill(writer, from: source)
            #expect(source.given > blob.size)
            _ = try await writer.finish()
            #expect(try await MediaSetVerifier.verify(folders: [folder]).isIntact)
        }
    }

    @Test func shortAndLongSourcesAreRefused() async throws {
        let sample = try SampleSet([[300_000]])
        let blob = sample.blobs[0]
        let repository = try RepositoryPath("a")
        try await withScratchFolder { folder in
            let writer = try await MediaSetWriter.open(sample.layout(), folder: folder)
            let source = CountingSource(sample)
            source.shorten(blob.digest)
            let short = await #expect(throws: MediaSetError.self) {
                try await writer.writeBlob(blob, to: repository, from: source.opener(blob))
            }
            #expect(short?.code == .endedEarly)
            let other = try SampleSet([[400_000]], seed: 9)
            let long = await #expect(throws: MediaSetError.self) {
                try await writer.writeBlob(blob, to: repository, from: CountingSource(other).opener(other.blobs[0]))
            }
            #expect(long?.code == .sizeMismatch)
            let foreign = await #expect(throws: MediaSetError.self) {
                try await writer.writeBlob(other.blobs[0], to: repository, from: source.opener(other.blobs[0]))
            }
            #expect(foreign?.code == .notInSet)
        }
    }

    @Test func manifestsAndReadBack() async throws {
        let sample = try SampleSet([[1000]])
        try await withScratchFolder { folder in
            let writer = try await MediaSetWriter.open(sample.layout(), folder: folder)
            let repository = sample.images[0].destination
            let tag = try Tag("v1")
            #expect(try await writer.readBack(.tag(tag), in: repository) == nil)
            try await writer.writeManifest(sample.documents[0], to: repository, tag: tag)
            #expect(try await writer.readBack(.tag(tag), in: repository) == sample.documents[0].digest)
            #expect(
                try await writer.readBack(.digest(sample.documents[0].digest), in: repository)
                    == sample.documents[0].digest
            )
            let error = await #expect(throws: MediaSetError.self) {
                try await writer.writeManifest(sample.documents[0], to: repository, tag: Tag("v2"))
            }
            #expect(error?.code == .notInSet)
            let mounted = try await writer.mountBlob(sample.blobs[0], from: repository, to: RepositoryPath("b"))
            #expect(!mounted)
        }
    }

    @Test func oneRunAtATime() async throws {
        let sample = try SampleSet([[1000]])
        try await withScratchFolder { folder in
            let writer = try await MediaSetWriter.open(sample.layout(), folder: folder)
            let error = await #expect(throws: MediaSetError.self) {
                try await MediaSetWriter.open(sample.layout(), folder: folder)
            }
            #expect(error?.code == .folderInUse)
            #expect(error?.message.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
            writer.close()
            let next = try await MediaSetWriter.open(sample.layout(), folder: folder)
            next.close()
        }
    }

    @Test func refusesBeforeTheFirstByteWithoutRoom() async throws {
        let digest = try Digest(algorithm: .sha256, hash: [UInt8](repeating: 7, count: 32))
        let blob = try Descriptor(mediaType: .ociLayerGzip, digest: digest, size: 1 << 42)
        let layout = try SetLayout.plan(SetContent(sequence: 1, images: [], blobs: [blob]), volumeSize: .unlimited)
        try await withScratchFolder { folder in
            let error = await #expect(throws: MediaSetError.self) {
                try await MediaSetWriter.open(layout, folder: folder)
            }
            #expect(error?.code == .noSpace)
            #expect(error?.kind == .noSpace)
            #expect(error?.message.contains(folder) == true)
            let left = try names(folder)
            #expect(left == ["working-dir"])
        }
    }

    @Test(.enabled(if: MemoryDisk.isAllowed, "only root can mount"))
    func spaceThatRunsOutMidway() async throws {
        let sample = try SampleSet([[3_000_000, 3_000_000]])
        try await withScratchFolder { folder in
            let medium = "\(folder)/medium"
            let disk = try MemoryDisk(at: medium, size: "8m")
            defer { withExtendedLifetime(disk) {} }
            let writer = try await MediaSetWriter.open(sample.layout(), folder: medium)
            try Data(count: 5_000_000).write(to: URL(filePath: "\(medium)/filler"))
            let source = CountingSource(sample)
            let error = await #expect(throws: MediaSetError.self) { try await sample.fill(writer, from: source) }
            #expect(error?.code == .noSpace)
            writer.close()
            try FileManager.default.removeItem(atPath: "\(medium)/filler")
            let next = try await MediaSetWriter.open(sample.layout(), folder: medium)
            let rest = CountingSource(sample)
            try await sample.fill(next, from: rest)
            #expect(rest.given < sample.totalBytes)
            _ = try await next.finish()
            #expect(try await MediaSetVerifier.verify(folders: [medium]).isIntact)
        }
    }

    @Test func finishedSetsAndStrangersAreLeftAlone() async throws {
        let sample = try SampleSet([[1_000_000]])
        let layout = try sample.layout()
        try await withScratchFolder { folder in
            let stranger = "mirror_000001_0123456789ab_001of001.tar.partial"
            try Data([1]).write(to: URL(filePath: "\(folder)/\(stranger)"))
            let finished = try await sample.write(to: folder)
            let before = try contents(finished.volumes[0])
            let again = try await MediaSetWriter.open(layout, folder: folder)
            #expect(again.strangers.map(\.partialName) == [stranger])
            #expect(again.remaining == 0)
            let source = CountingSource(sample)
            try await sample.fill(again, from: source)
            #expect(source.given == 0)
            #expect(try await again.finish() == finished)
            #expect(try contents(finished.volumes[0]) == before)
            try edit(finished.volumes[0]) { $0.removeLast() }
            let error = await #expect(throws: MediaSetError.self) {
                try await MediaSetWriter.open(layout, folder: folder)
            }
            #expect(error?.code == .conflictingFile)
            #expect(try contents(finished.volumes[0]).count == before.count - 1)
        }
    }

    @Test func aLostVolumeIsMadeAgainAlone() async throws {
        let sample = try SampleSet([[9_000_000]])
        let layout = try sample.layout(VolumeSize(bytes: 4_000_000))
        try await withScratchFolder { folder in
            let finished = try await sample.write(to: folder, VolumeSize(bytes: 4_000_000))
            let before = try contents(finished.volumes[1])
            try FileManager.default.removeItem(atPath: finished.volumes[1])
            let writer = try await MediaSetWriter.open(layout, folder: folder)
            try await sample.fill(writer, from: CountingSource(sample))
            _ = try await writer.finish()
            #expect(try contents(finished.volumes[1]) == before)
            #expect(try await MediaSetVerifier.verify(folders: [folder]).isIntact)
        }
    }

    @Test func aDeletedPartialVolumeIsNotTrusted() async throws {
        let sample = try SampleSet([[2_000_000], [2_000_000]])
        try await withScratchFolder { folder in
            let first = try await MediaSetWriter.open(sample.layout(), folder: folder)
            try await sample.fill(first, from: CountingSource(sample))
            try await first.commit(force: true)
            first.close()
            for name in try names(folder) where name.hasSuffix(".partial") {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
            let next = try await MediaSetWriter.open(sample.layout(), folder: folder)
            #expect(next.remaining == sample.blobs.count)
        }
    }

    @Test func aJournalThatLiesIsFoundOut() async throws {
        let sample = try SampleSet([[2_000_000], [2_000_000]])
        try await withScratchFolder { folder in
            let first = try await MediaSetWriter.open(sample.layout(), folder: folder)
            await #expect(throws: CountingSource.Broken.self) {
                try await sample.fill(first, from: CountingSource(sample, limit: 1_500_000))
            }
            first.close()
            // As after a power cut: the hints got to the disk and the data did not.
            let layout = try sample.layout()
            let hints = layout.blobs.indices.flatMap { JournalRecord.hint(blob: $0, at: layout.blobs[$0].size) }
            let journal = try MediaFile(first.journalPath, .append)
            try journal.append(hints + Array("{\"at\":12".utf8))
            let next = try await MediaSetWriter.open(layout, folder: folder)
            #expect(next.remaining == sample.blobs.count)
            try await sample.fill(next, from: CountingSource(sample))
            _ = try await next.finish()
            #expect(try await MediaSetVerifier.verify(folders: [folder]).isIntact)
        }
    }

    @Test func anInterruptedFinishIsFinished() async throws {
        let sample = try SampleSet([[5_000_000]])
        let layout = try sample.layout(VolumeSize(bytes: 2_000_000))
        try await withScratchFolder { folder in
            let finished = try await sample.write(to: folder, VolumeSize(bytes: 2_000_000))
            try FileManager.default.removeItem(atPath: "\(folder)/working-dir/history")
            let writer = try await MediaSetWriter.open(layout, folder: folder)
            #expect(writer.remaining == 0)
            #expect(try await writer.finish() == finished)
            #expect(try SetHistory(folder: folder).records.count == 1)
        }
    }

    @Test func cancellationKeepsWhatCame() async throws {
        let sample = try SampleSet([[5_000_000]])
        let blob = sample.blobs[0]
        let repository = try RepositoryPath("a")
        try await withScratchFolder { folder in
            let writer = try await MediaSetWriter.open(sample.layout(), folder: folder)
            let source = CountingSource(sample)
            let opener = source.opener(blob)
            await #expect(throws: CancellationError.self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let (stop, reached) = AsyncStream<Void>.makeStream()
                    group.addTask {
                        try await writer.writeBlob(
                            blob,
                            to: repository,
                            from: BlobOpener { offset, body in
                                try await opener.withStream(from: offset) { stream in
                                    let count = SingleConsumer(0)
                                    try await body(
                                        BlobStream {
                                            count.value += 1
                                            if count.value == 20 { reached.finish() }
                                            while count.value >= 20 {
                                                try Task.checkCancellation()
                                                await Task.yield()
                                            }
                                            return try await stream.next()
                                        }
                                    )
                                }
                            }
                        )
                    }
                    for await _ in stop {}
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
            #expect(writer.reached(blob.digest) == source.given)
            #expect(source.given > 1_000_000)
        }
    }
}
