import Testing

@testable import OpenPGP

@Suite("Packets")
struct PacketReaderTests {
    private func read(_ bytes: [UInt8]) throws(OpenPGPError) -> [Packet] {
        var reader = PacketReader(bytes[...], "it")
        var packets: [Packet] = []
        while let packet = try reader.next() { packets.append(packet) }
        return packets
    }

    private func refusal(_ bytes: [UInt8]) -> OpenPGPError.Code? {
        do throws(OpenPGPError) {
            _ = try read(bytes)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        "Lengths of new headers",
        arguments: [
            ([0], 0), ([191], 191), ([192, 0], 192), ([223, 255], 8_383), ([255, 0, 0, 0, 3], 3),
            ([255, 0, 1, 0, 0], 65_536),
        ] as [([UInt8], Int)]
    )
    func newLengths(header: [UInt8], length: Int) throws {
        let body = [UInt8](repeating: 7, count: length)
        let packets = try read([0xcd] + header + body + [0xcd, 1, 1])
        #expect(packets.map(\.tag) == [.userID, .userID])
        #expect(packets.map { Array($0.body) } == [body, [1]])
        #expect(refusal([0xcd] + header + body.dropLast()) == (length == 0 ? nil : .truncated))
        for count in 0..<header.count { #expect(refusal([0xcd] + header.prefix(count)) == .truncated) }
    }

    @Test("Parts are joined, and end with a part of known length")
    func parts() throws {
        let packet = try read([0xcb, 0xe1, 1, 2, 0xe0, 3, 2, 4, 5])
        #expect(packet.map { Array($0.body) } == [[1, 2, 3, 4, 5]])
        #expect(refusal([0xcb, 0xe1, 1, 2]) == .truncated)
        #expect(refusal([0xcb, 0xe1, 1]) == .truncated)
        #expect(refusal([0xcb, 0xfe, 1]) == .truncated)
        #expect(refusal([0xcd, 0xe0, 1, 0]) == .malformed)
        #expect(refusal([0xc2, 0xe0, 1, 0]) == .malformed)
    }

    @Test func oldLengths() throws {
        #expect(try read([0xb4, 1, 9, 0xb5, 0, 1, 9, 0xb6, 0, 0, 0, 1, 9]).map { Array($0.body) } == [[9], [9], [9]])
        #expect(try read([0xaf, 1, 2, 3]).map { Array($0.body) } == [[1, 2, 3]])
        #expect(refusal([0xb7, 1]) == .malformed)
        #expect(refusal([0xb6, 0xff, 0xff, 0xff, 0xff, 1]) == .truncated)
    }

    @Test func headers() {
        #expect(refusal([0x7f]) == .malformed)
        #expect(refusal([0x80, 0]) == .malformed)
        #expect(refusal([0xc0, 0]) == .malformed)
        #expect(refusal([]) == nil)
        #expect(refusal([0xff]) == .truncated)
    }

    @Test(
        "Numbers have exactly the bits that they say",
        arguments: [
            ([0, 1, 1], nil), ([0, 9, 1, 0], nil), ([0, 8, 0xff], nil), ([0, 0], .malformed),
            ([0, 7, 0xff], .malformed),
            ([0, 8, 0x7f], .malformed), ([0, 9, 0], .malformed), ([0, 16, 0, 0xff], .malformed),
            ([0, 17, 1, 0, 0], .malformed),
            ([0], .malformed), ([255, 255], .malformed),
        ] as [([UInt8], OpenPGPError.Code?)]
    )
    func numbers(bytes: [UInt8], refusal: OpenPGPError.Code?) {
        var cursor = ByteCursor(bytes[...], "it")
        do throws(OpenPGPError) {
            #expect(try cursor.number(maximumBits: 16) == Array(bytes.dropFirst(2)))
            #expect(refusal == nil)
        } catch {
            #expect(error.code == refusal)
        }
    }
}
