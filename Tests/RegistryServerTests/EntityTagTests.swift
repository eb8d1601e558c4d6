import OCIModel
import Testing

@testable import RegistryServer

@Suite("Entity tags")
struct EntityTagTests {
    private static let hex = String(repeating: "a", count: 64)
    private static let own = "\"sha256:\(hex)\""

    private func tag() throws -> EntityTag { EntityTag(try Digest("sha256:\(Self.hex)")) }

    @Test(
        "of what a client has",
        arguments: [
            (nil, false), ("", false), ("\"other\"", false), (own, true), ("*", true), ("W/\(own)", true),
            ("\"other\", \(own) ", true), ("\"other\",*", true), (hex, false),
        ] as [(String?, Bool)]
    )
    func known(_ header: String?, _ expected: Bool) throws {
        #expect(try tag().isKnown(to: header) == expected)
    }

    @Test(
        "of what a range is wanted of",
        arguments: [(nil, true), (own, true), ("\"other\"", false), ("W/\(own)", false), ("Sat, 01 Jan 2000", false)]
            as [(String?, Bool)]
    )
    func ranges(_ header: String?, _ expected: Bool) throws {
        #expect(try tag().allowsRange(header) == expected)
    }
}
