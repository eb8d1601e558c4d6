import FerryTestSupport
import Foundation
import Testing

@testable import FerryCommands

@Suite("Files that commands read and write")
struct ReviewLocalFilesTests {
    @Test func aFolderInTheWayIsNamed() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/file"
            try AtomicFile.write([1], to: file)
            let error = #expect(throws: FerryError.self) { try AtomicFile.write([1], to: file + "/below/lock.json") }
            #expect(error?.message.contains("\(file) is a file") == true, "\(error?.message ?? "")")
        }
    }

    @Test func writingLeavesNothingBesideTheFile() async throws {
        try await withTemporaryFolder { folder in
            let isNew = try AtomicFile.write([1], to: folder + "/a/b/lock.json")
            let isNewAgain = try AtomicFile.write([1], to: folder + "/a/b/lock.json")
            #expect(isNew && !isNewAgain)
            #expect(throws: FerryError.self) { try AtomicFile.write([1], to: folder + "/a/b") }
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
            #expect(files == ["a", "a/b", "a/b/lock.json"])
        }
    }

    @Test func aFolderIsNoConfiguration() async throws {
        try await withTemporaryFolder { folder in
            let error = #expect(throws: FerryError.self) { try ConfigurationFile.read(folder, maximum: 10) }
            #expect(error?.message.contains("is a folder") == true, "\(error?.message ?? "")")
        }
    }

    @Test func aLockFileWithoutImagesIsRefused() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/lock.json"
            try AtomicFile.write(Array(#"{"format":1,"images":[],"manifests":[],"blobs":[]}"#.utf8), to: path)
            let error = #expect(throws: FerryError.self) { try LockFile.read(path) }
            #expect(error?.message.contains("asks for no images") == true)
        }
    }
}

@Suite("What reaches the terminal")
struct ReviewPrintableTextTests {
    @Test(
        arguments: [
            ("plain – text\n\tgoes through", "plain – text\n\tgoes through"),
            ("a\u{1B}[31mb\r\u{7}c\u{9B}d", "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}c\u{FFFD}d"),
        ]
    )
    func controlCharactersAreReplaced(text: String, shown: String) {
        #expect(PrintableText.of(text) == shown)
    }

    @Test(
        arguments: [
            ("https://bob:sekret@mirror.lab/x", "https://…@mirror.lab/x"),
            ("bob:sek@ret@mirror.lab", "…@mirror.lab"),
            ("bob:sek/ret@mirror.lab/x", "…@mirror.lab/x"),
            ("https://mirror.lab/x", "https://mirror.lab/x"),
        ]
    )
    func passwordsInArgumentsAreNotRepeated(argument: String, shown: String) {
        #expect(MirrorMode.withoutCredentials(argument) == shown)
    }
}
