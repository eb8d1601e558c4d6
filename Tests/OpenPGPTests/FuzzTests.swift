import SeededRandom
import Testing

@testable import OpenPGP

@Suite("Damaged messages and key rings")
struct FuzzTests {
    private struct Sample {
        let message: [UInt8]
        let ring: [UInt8]
        let content: [UInt8]
    }

    private static func samples() throws -> [Sample] {
        let (key, subkey) = (try TestKey(0), try TestKey(1, form: .modern))
        let both = key.hashed + subkey.hashed
        let back = try subkey.signature(over: both, TestKey.Options(type: 0x19))
        let binding = try key.signature(over: both, TestKey.Options(type: 0x18, hashed: [[27, 2], [32] + back]))
        let ring = try key.certificate(
            TestKey.Options(type: 0x13, created: 1_500_000_000),
            subkey.subkeyPacket + PacketWriter.packet(.signature, binding)
        )
        let content = Array("content\r\n".utf8)
        let packed = [1] + PacketWriter.stored(try subkey.message(content, TestKey.Options(type: 1)))
        return try [
            Sample(message: try key.message(content), ring: ring, content: content),
            Sample(message: PacketWriter.packet(.compressed, packed), ring: ring, content: content),
        ]
            + [("redhat-release-key-2.sig", "keyring-redhat.asc"), ("openshift-ci.sig", "keyring-simple.asc")].map {
                let (message, ring) = (try Fixture.bytes($0.0), try Fixture.bytes($0.1))
                let keys = try KeyRing(decoding: ring, name: "ring")
                let content = try SignedMessage.verify(message, with: keys, at: Fixture.now).content
                return Sample(message: message, ring: ring, content: content)
            }
    }

    private static func damage(
        _ bytes: inout [UInt8],
        _ others: [[UInt8]],
        _ generator: inout SeededGenerator
    ) {
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            let length = min(Int.random(in: 1...40, using: &generator), bytes.count - place)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1: if length > 0 { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
            case 2: if length > 0 { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
            case 3: bytes.removeLast(bytes.count - place)
            case 4: bytes.removeSubrange(place..<place + length)
            case 5: bytes.insert(contentsOf: generator.bytes(Int.random(in: 1..<20, using: &generator)), at: place)
            case 6: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            default:
                guard let other = others.randomElement(using: &generator) else { continue }
                let start = Int.random(in: 0..<other.count, using: &generator)
                let piece = other[start...].prefix(Int.random(in: 1...600, using: &generator))
                bytes.replaceSubrange(place..<place + min(length, piece.count), with: piece)
            }
        }
    }

    @Test("A damaged message has the content that was signed, or an error", arguments: 0..<4)
    func fuzzMessages(run: UInt64) throws {
        var generator = FuzzSeed.generator(run)
        let samples = try Self.samples()
        let rings = try samples.map { try KeyRing(decoding: $0.ring, name: "ring") }
        let contents = samples.map(\.content)
        for _ in 0..<1_500 {
            let index = Int.random(in: samples.indices, using: &generator)
            var bytes = samples[index].message
            Self.damage(&bytes, samples.map(\.message), &generator)
            do throws(OpenPGPError) {
                let message = try SignedMessage.verify(bytes, with: rings[index], at: Fixture.now)
                #expect(contents.contains(message.content))
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }

    @Test("A damaged message that is accepted is so by GnuPG too", .enabled(if: GPG.isInstalled), arguments: 0..<2)
    func fuzzBesideGnuPG(run: UInt64) async throws {
        var generator = FuzzSeed.generator(run)
        // GnuPG 2.2 does not know the modern form of Ed25519.
        let samples = try Self.samples().enumerated().filter { $0.offset != 1 }.map(\.element)
        let rings = try samples.map { try KeyRing(decoding: $0.ring, name: "ring") }
        try await GPG.with { gpg in
            for sample in samples { try await gpg.importKeys(sample.ring) }
            for _ in 0..<1_000 {
                let index = Int.random(in: samples.indices, using: &generator)
                var bytes = samples[index].message
                Self.damage(&bytes, samples.map(\.message), &generator)
                guard
                    !samples.contains(where: { $0.message == bytes }),
                    let message = try? SignedMessage.verify(bytes, with: rings[index], at: Fixture.now)
                else { continue }
                let result = try await gpg.verify(bytes)
                // Of text GnuPG writes the lines as the system has them.
                #expect(result.content?.filter { $0 != 0x0d } == message.content.filter { $0 != 0x0d }, "\(bytes)")
            }
        }
    }

    @Test("A damaged key ring makes no other content right, and no other key", arguments: 0..<4)
    func fuzzRings(run: UInt64) throws {
        var generator = FuzzSeed.generator(run)
        let samples = try Self.samples()
        let known = Set(try samples.flatMap { try KeyRing(decoding: $0.ring, name: "ring").keys.map(\.fingerprint) })
        for _ in 0..<300 {
            let index = Int.random(in: samples.indices, using: &generator)
            var bytes = samples[index].ring
            Self.damage(&bytes, samples.map(\.ring), &generator)
            do throws(OpenPGPError) {
                let ring = try KeyRing(decoding: bytes, name: "ring")
                #expect(ring.keys.allSatisfy { known.contains($0.fingerprint) })
                for sample in samples {
                    let message = try SignedMessage.verify(sample.message, with: ring, at: Fixture.now)
                    #expect(message.content == sample.content)
                }
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }
}
