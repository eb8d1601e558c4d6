import Foundation
import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto
import Synchronization
import Testing

@testable import MediaSet

@Suite struct VolumeExchangeTests {
    private static let size = try? VolumeSize(bytes: 2_000_000)

    /// Makes a set of several volumes and a drive that gets what is asked for.
    private func withDrive(
        _ sample: SampleSet,
        step: @escaping @Sendable (VolumeRequest, Drive, [String]) throws -> Void,
        _ body: (Drive, [String]) async throws -> Void
    ) async throws {
        try await withScratchFolder { folder in
            let volumes = try await sample.write(to: "\(folder)/set", try #require(Self.size)).volumes
            let drive = try Drive("\(folder)/drive") { request, drive in try step(request, drive, volumes) }
            try await body(drive, volumes)
        }
    }

    private static let obey: @Sendable (VolumeRequest, Drive, [String]) throws -> Void = { request, drive, volumes in
        guard case .volume(let number) = request.need else { return }
        try drive.put(volumes[number - 1])
    }

    private func open(_ drive: Drive, quiet: Duration = .milliseconds(20)) async throws -> MediaSetReader {
        try await MediaSetReader.open(folders: [drive.folder], requester: drive, quiet: quiet)
    }

    private func read(_ reader: MediaSetReader, _ blob: Descriptor, from offset: Int64 = 0) async throws -> [UInt8] {
        try await reader.withBlob(blob, in: RepositoryPath("any"), from: offset) { stream in
            var bytes: [UInt8] = []
            for try await chunk in stream { bytes += chunk.readableBytesView }
            return bytes
        }
    }

    @Test func everyVolumeIsAskedForOnceInTheOrderOfTheLayout() async throws {
        let sample = try SampleSet([[5_000_000, 3000], [900_000, 70_000, 2_000_000]]).manifestsFirst
        try await withDrive(sample, step: Self.obey) { drive, volumes in
            // Long enough for every task to begin, on a busy machine too.
            let reader = try await open(drive, quiet: .milliseconds(400))
            #expect(reader.isOneAtATime)
            #expect(reader.volumeCount == volumes.count && volumes.count > 3)
            #expect(drive.numbers == [1], "of a set that is not known volume 1 is asked for")
            #expect(drive.requests.first?.set == nil)
            #expect(try await reader.closure().isComplete)
            #expect(try await reader.resource("ferry/lock.json") == Array("{\"lock\":1}".utf8))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for blob in reader.manifest.blobs.map(\.descriptor) {
                    group.addTask {
                        let bytes = try await read(reader, blob)
                        #expect(bytes == sample.bytes[blob.digest])
                    }
                }
                try await group.waitForAll()
            }
            #expect(drive.numbers == Array(1...volumes.count))
            #expect(drive.requests.dropFirst().allSatisfy { $0.set == reader.set && $0.found.isEmpty })
            // What is needed at the end is kept.
            #expect(try await reader.resource("ferry/lock.json") == Array("{\"lock\":1}".utf8))
            let place = sample.images[1].destination
            #expect(try await reader.manifest(.tag(Tag("v1")), in: place)?.bytes == sample.documents[1].bytes)
            #expect(drive.numbers.count == volumes.count)
        }
    }

    @Test func aStreamPausesWhereTheVolumeChanges() async throws {
        let sample = try SampleSet([[5_000_000]])
        let layer = sample.blobs[0]
        try await withDrive(sample, step: Self.obey) { drive, volumes in
            let reader = try await open(drive)
            let extents = try #require(reader.blob(layer.digest)).extents
            let pauses = reader.pauses(in: layer)
            #expect(pauses == [extents[0].length, extents[0].length + extents[1].length])
            var bytes: [UInt8] = []
            for (start, end) in zip([0] + pauses, pauses + [layer.size]) {
                bytes += try await reader.withBlob(layer, in: RepositoryPath("any"), from: start) { stream in
                    var part: [UInt8] = []
                    while part.count < Int(end - start), let chunk = try await stream.next() {
                        part += chunk.readableBytesView
                    }
                    return part
                }
            }
            #expect(bytes == sample.bytes[layer.digest])
            #expect(drive.numbers == [1, 2, 3])
            let whole = try await MediaSetReader.open(folders: volumes, requester: drive)
            #expect(!whole.isOneAtATime)
            #expect(whole.pauses(in: layer).isEmpty)
        }
    }

    @Test func whatIsNotTheVolumeIsSaidAndAskedAgain() async throws {
        let sample = try SampleSet([[5_000_000]])
        let other = try SampleSet([[5_000_000]], seed: 9)
        try await withScratchFolder { folder in
            let strangers = try await other.write(to: "\(folder)/other", try #require(Self.size)).volumes
            let cut = "\(folder)/cut.tar"
            let step: @Sendable (VolumeRequest, Drive, [String]) throws -> Void = { request, drive, volumes in
                switch drive.numbers.count {
                case 1: try drive.put(volumes[0])
                case 2: try drive.put(strangers[1])
                case 3: try drive.put()
                case 4: try drive.put(volumes[0])
                case 5:
                    try FileManager.default.copyItem(atPath: volumes[1], toPath: cut)
                    try edit(cut) { $0.removeLast(1000) }
                    try drive.put(cut)
                case 6: try FileManager.default.removeItem(atPath: drive.folder)
                case 7:
                    try FileManager.default.createDirectory(atPath: drive.folder, withIntermediateDirectories: true)
                    try drive.put(volumes[1])
                default: try Self.obey(request, drive, volumes)
                }
            }
            try await withDrive(sample, step: step) { drive, volumes in
                let reader = try await open(drive)
                #expect(try await read(reader, sample.blobs[0]) == sample.bytes[sample.blobs[0].digest])
                #expect(drive.numbers == [1, 2, 2, 2, 2, 2, 2, 3])
                let found = drive.requests.map { $0.found.joined(separator: "\n") }
                #expect(found[1] == "")
                let stranger = try other.layout(#require(Self.size)).set
                #expect(found[2].contains("is volume 2 of another set \(stranger)"))
                #expect(found[3].contains("no volume of a media set is in \(drive.folder)"))
                #expect(found[4].contains("is volume 1 of this set"))
                #expect(found[5].contains("volume 2: \(drive.folder)/cut.tar has "))
                #expect(found[6].contains("no volume of a media set is in"))
            }
        }
    }

    @Test func aVolumeThatGoesAwayByItselfIsAskedForAgain() async throws {
        let sample = try SampleSet([[1_000_000], [4_000_000]])
        try await withDrive(sample, step: Self.obey) { drive, volumes in
            let reader = try await open(drive)
            try drive.put(volumes[1])
            #expect(try await read(reader, sample.blobs[0]) == sample.bytes[sample.blobs[0].digest])
            #expect(drive.numbers == [1, 1])
        }
    }

    @Test func whoDeclinesEndsAllThatWait() async throws {
        let sample = try SampleSet([[5_000_000], [900_000]])
        let step: @Sendable (VolumeRequest, Drive, [String]) throws -> Void = { request, drive, volumes in
            guard drive.numbers.count == 1 else { throw Drive.Declined() }
            try drive.put(volumes[0])
        }
        try await withDrive(sample, step: step) { drive, _ in
            let reader = try await open(drive)
            await withTaskGroup(of: Void.self) { group in
                for blob in sample.blobs where reader.blob(blob.digest)?.extents.last?.volume != 1 {
                    group.addTask {
                        await #expect(throws: Drive.Declined.self) { _ = try await read(reader, blob) }
                    }
                }
            }
            #expect(drive.numbers.count == 2, "nobody asks again")
        }
    }

    @Test func aReadThatWaitsCanBeCancelled() async throws {
        let sample = try SampleSet([[5_000_000]]).manifestsFirst
        let layer = try #require(sample.blobs.first { $0.size == 5_000_000 })
        try await withScratchFolder { folder in
            let volumes = try await sample.write(to: "\(folder)/set", try #require(Self.size)).volumes
            let requester = Patient()
            let reader = try await MediaSetReader.open(folders: [volumes[0]], requester: requester, quiet: .zero)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await read(reader, layer) }
                group.addTask { _ = try await read(reader, layer, from: 4_000_000) }
                await requester.wasAsked()
                group.cancelAll()
                while let result = await group.nextResult() {
                    #expect(throws: CancellationError.self) { try result.get() }
                }
            }
            // Nothing of it stays: what is there is read.
            let document = try await reader.manifest(.digest(sample.documents[0].digest), in: RepositoryPath("any"))
            #expect(document?.bytes == sample.documents[0].bytes)
        }
    }
}

/// Never has the medium changed.
private final class Patient: VolumeRequester {
    private let (asked, ask) = AsyncStream.makeStream(of: Void.self)

    func request(_ request: VolumeRequest) async throws {
        ask.yield()
        try await Task.sleep(for: .seconds(600))
    }

    /// Returns when a volume was asked for.
    func wasAsked() async {
        for await _ in asked { return }
    }
}
