import Testing

@testable import ImageSetConfig

@Suite("Diagnostics of whole files")
struct FileDiagnosticTests {
    @Test(
        "Kinds and stanzas",
        arguments: [
            ("", ["missingKind", "missingStanza"], []),
            ("---\n", ["missingKind", "missingStanza"], []),
            ("mirror: {}", ["missingKind"], []),
            ("kind:\nmirror: {}", ["missingKind"], []),
            ("kind: 5\nmirror: {}", ["wrongType"], []),
            ("kind: ImageSetConfig\nmirror: {}", ["wrongKind"], []),
            ("kind: ImageSetConfiguration", ["missingStanza"], []),
            ("kind: ImageSetConfiguration\nmirror:", [], ["emptyConfiguration"]),
            ("kind: ImageSetConfiguration\ndelete: {}", ["missingStanza", "stanzaNotAllowed"], []),
            ("kind: ImageSetConfiguration\nmirror: {}\ndelete: {}", ["stanzaNotAllowed"], []),
            ("kind: DeleteImageSetConfiguration\nmirror: {}\ndelete: {}", ["stanzaNotAllowed"], []),
            ("kind: DeleteImageSetConfiguration\ndelete: {blockedImages: []}", ["unknownKey"], []),
            ("kind: DeleteImageSetConfiguration\narchiveSize: 4\ndelete: {}", ["unknownKey"], []),
            ("Kind: ImageSetConfiguration\nmirror: {platform: {graph: true}}", [], ["keyCase"]),
            (
                "apiVersion: x/v9\nkind: ImageSetConfiguration\nmirror: {platform: {graph: true}}", [],
                ["unknownAPIVersion"]
            ),
            (
                "apiVersion: mirror.openshift.io/v1alpha2\nkind: ImageSetConfiguration\nmirror: {platform: {graph: true}}",
                [], []
            ),
            ("apiVersion: 2\nkind: ImageSetConfiguration\nmirror: {platform: {graph: true}}", ["wrongType"], []),
            ("mirror: {platform: {graph: true}}\nkind: ImageSetConfiguration", [], []),
            (
                "kind: ImageSetConfiguration\nmirror: {platform: {graph: true}}\n---\nkind: Pod", [],
                ["severalDocuments"]
            ),
            ("kind: ImageSetConfiguration\nmirror: {platform: {graph: true}}\n---\n{[", [], ["severalDocuments"]),
            ("kind: ImageSetConfiguration\nmirror: {platform: {graph: true}}\n---\n", [], []),
            ("kind: ImageSetConfiguration\nmirror: {}\nstorageConfig: {}", ["unknownKey"], []),
            ("- a", ["wrongType"], []),
            ("text", ["wrongType"], []),
        ] as [(String, [String], [String])]
    )
    func kinds(_ text: String, _ errors: [String], _ warnings: [String]) {
        let outcome = Outcome(text)
        #expect(outcome.errors.sorted() == errors.sorted(), "\(outcome.rendered)")
        #expect(outcome.warnings == warnings, "\(outcome.rendered)")
        #expect((outcome.configuration != nil) == errors.isEmpty)
    }

    @Test("A kind other than the wanted one is refused")
    func expectsKind() {
        let text = "kind: DeleteImageSetConfiguration\ndelete: {platform: {graph: true}}"
        #expect(Outcome(text, expecting: .deleteImageSet).configuration?.kind == .deleteImageSet)
        let outcome = Outcome(text, expecting: .imageSet)
        #expect(outcome.errors == ["wrongKind"])
        #expect(outcome.place == "1:7")
    }

    @Test(
        "Sizes of volumes",
        arguments: [
            ("0", nil, nil), ("1", nil, 1), ("4.0", nil, 4), ("0x10", nil, 16), ("1_000", nil, 1000),
            ("~", nil, nil), ("8589934591", nil, 8_589_934_591), ("8589934592", "numberOutOfRange", 0),
            ("-1", "numberOutOfRange", 0), ("99999999999999999999", "numberOutOfRange", 0),
            ("4.5", "numberOutOfRange", 0), (".inf", "numberOutOfRange", 0), ("'4'", "wrongType", 0),
            ("4GiB", "wrongType", 0), ("[4]", "wrongType", 0),
        ] as [(String, String?, Int64?)]
    )
    func archiveSize(_ text: String, _ error: String?, _ size: Int64?) {
        let outcome = Outcome("kind: ImageSetConfiguration\narchiveSize: \(text)\nmirror: {}")
        #expect(outcome.errors == [error].compactMap { $0 })
        if error == nil { #expect(outcome.configuration?.archiveSizeGiB == size) }
    }

    @Test("What oc-mirror does not check in a delete file is a warning there")
    func deleteIsLenient() {
        let outcome = Outcome(
            """
            kind: DeleteImageSetConfiguration
            delete:
              platform:
                architectures: [amd64]
                platforms: [{os: linux, architecture: amd64}]
              operators:
              - catalog: q.io/a:1
                packages: [{name: x}, {name: x, minVersion: '1', channels: [{name: c, minVersion: '1'}, {name: c}]}]
            """
        )
        #expect(outcome.errors.isEmpty, "\(outcome.rendered)")
        #expect(
            outcome.warnings.sorted() == [
                "conflictingFields", "deprecatedField", "duplicateEntry", "duplicateEntry", "mixedRanges",
            ]
        )
        let duplicate = Outcome(
            "kind: DeleteImageSetConfiguration\ndelete: {operators: [{catalog: 'q.io/a:1'}, {catalog: 'q.io/a:1'}]}"
        )
        #expect(duplicate.errors == ["duplicateEntry"])
    }

    @Test("Files that are no text are refused")
    func encoding() {
        let text = Array("kind: ImageSetConfiguration\nmirror: ".utf8)
        #expect(Outcome(text + [0xFF]).errors == ["invalidEncoding"])
        #expect(Outcome(text + [0xFF]).place == "2:9")
        #expect(Outcome(text + [0x01]).errors == ["yamlSyntax"])
        #expect(Outcome(text + [0x01]).place == "2:9")
        #expect(Outcome([0xEF, 0xBB, 0xBF] + text).errors.isEmpty)
        for (bytes, place, message) in [
            (text + [0xFF], "2:9", "byte 0xFF at offset 36 begins no character"),
            // After two characters of two bytes each.
            (text + Array("ää".utf8) + [0x0A, 0x80], "3:1", "byte 0x80 at offset 41 begins no character"),
            (text + Array("ää".utf8) + [0xC3], "2:11", "byte 0xC3 at offset 40 begins no character"),
            ([0xFF, 0xFE, 0x6B, 0x00], "1:1", "byte 0xFF at offset 0 begins UTF-16"),
            ([0x1B, 0x5B, 0x33, 0x31, 0x6D, 0x1F, 0x8B, 0x08], "1:7", "byte 0x8B at offset 6 begins no character"),
        ] as [([UInt8], String, String)] {
            let outcome = Outcome(bytes)
            #expect(outcome.place == place && outcome.errors == ["invalidEncoding"], "\(outcome.rendered)")
            // What is no text is not shown as text.
            #expect(
                outcome.rendered == """
                    isc.yaml:\(place): error: the file is not UTF-8: \(message) [invalidEncoding]
                        = help: save it in UTF-8, or name another file if it is no text
                    """
            )
        }
        let large = text + [UInt8](repeating: UInt8(ascii: "\n"), count: ImageSetConfiguration.maximumFileBytes)
        #expect(Outcome(large).errors == ["fileTooLarge"])
    }
}
