import FerryTestSupport
import Testing

@testable import Releases

@Suite struct MachOSignatureTests {
    private func signature(_ program: [UInt8]) -> MachOSignature? {
        guard let range = MachOSignature.range(inProgramWith: Array(program.prefix(4096))) else { return nil }
        let end = min(Int(range.upperBound), program.count)
        guard range.lowerBound < end else { return nil }
        return MachOSignature(Array(program[Int(range.lowerBound)..<end]), at: range.lowerBound)
    }

    @Test func hashesAreWherePagesSay() throws {
        let code = (0..<9000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let program = try SmallMachO.make(code: code)
        guard case .adHoc(let tables) = signature(program) else {
            Issue.record("no signature found")
            return
        }
        let table = try #require(tables.first)
        let pages = table.pages(of: 0..<Int64(program.count))
        let hashes = try SmallMachO.hashes(Array(program.prefix(4096 + 9000)))
        #expect(tables.count == 1 && pages.count == 4)
        #expect(pages.map { Array(program[Int($0.hashOffset)..<Int($0.hashOffset) + 32]) } == hashes)
        #expect(pages.last?.range == 12288..<13096)
        #expect(table.pages(of: 4095..<4097).map(\.range.lowerBound) == [0, 4096])
        #expect(table.pages(of: 5000..<5001).map(\.range.lowerBound) == [4096])
        #expect(table.pages(of: 13096..<13100).isEmpty && table.pages(of: 10..<10).isEmpty)
    }

    @Test func otherSignaturesAreLeftAlone() throws {
        #expect(signature(try SmallMachO.make(code: [1, 2, 3], hashKind: 1)) == .foreign)
        #expect(signature(try SmallMachO.make(code: [1, 2, 3], cms: [1])) == .foreign)
        #expect(signature([UInt8](repeating: 0x7f, count: 5000)) == nil)
        #expect(signature([]) == nil)
    }

    /// Any byte may be anything, and any byte may be the last.
    @Test func garbageIsNoTrap() throws {
        let program = try SmallMachO.make(code: [UInt8](repeating: 9, count: 100))
        for index in Array(0..<80) + Array(4196..<program.count) {
            for value: UInt8 in [0, 1, 0x7f, 0xff] {
                var changed = program
                changed[index] = value
                if case .adHoc(let tables) = signature(changed) {
                    for table in tables { _ = table.pages(of: 0..<Int64.max) }
                }
            }
            _ = signature(Array(program.prefix(index)))
        }
    }
}
