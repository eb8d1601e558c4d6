import MirrorPlan
import Testing

@testable import FerryCommands

@Suite("Folders of several targets")
struct MirrorTargetTests {
    @Test(
        arguments: [
            ("mirror.lab:5000/ocp/four", "mirror.lab_5000_ocp_four"), ("mirror.lab", "mirror.lab"),
            ("mirror.lab/ocp", "mirror.lab_ocp"),
        ]
    )
    func readable(text: String, name: String) throws {
        #expect(try MirrorTarget.folderName(TargetNamespace(text)) == name)
    }

    @Test("no two targets share a name, and every file system takes it")
    func distinct() throws {
        let texts = [
            "mirror.lab:5000", "mirror.lab/5000", "mirror.lab/a/b", "mirror.lab/a_b", "mirror.lab/a__b",
            "mirror.lab/a-b",
            "mirror.lab:5000/a_b", "mirror.lab:5000/a/b", "[::1]:5000/a", "[::1]:5000/b",
            "mirror.lab/" + String(repeating: "a", count: 120), "mirror.lab/" + String(repeating: "a", count: 121),
        ]
        let names = try texts.map { try MirrorTarget.folderName(TargetNamespace($0)) }
        #expect(Set(names.map { $0.lowercased() }).count == texts.count, "\(names)")
        for name in names {
            #expect(name.count < 110)
            #expect(name.allSatisfy { $0.isLetter || $0.isNumber || "._-".contains($0) }, "\(name)")
        }
    }
}
