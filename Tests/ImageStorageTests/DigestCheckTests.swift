import ImageStorage
import NIOCore
import OCIModel
import OpenSSLCrypto
import Testing

@Suite("The check of a blob on its way")
struct DigestCheckTests {
    private struct Failure: Error {}

    private func blob(_ text: String, size: Int64? = nil, algorithm: Digest.Algorithm = .sha256) throws -> Descriptor {
        try Descriptor(
            mediaType: .ociLayer,
            digest: ContentHasher.digest(of: text.utf8, algorithm),
            size: size ?? Int64(text.utf8.count)
        )
    }

    private func stream(_ chunks: [String], failing: Bool = false) -> BlobStream {
        let iterator = SingleConsumer(chunks.makeIterator())
        return BlobStream {
            if let next = iterator.value.next() { return ByteBuffer(string: next) }
            if failing { throw Failure() }
            return nil
        }
    }

    /// What a consumer gets before the end or the error.
    private func consume(_ stream: BlobStream) async -> (text: String, error: (any Error)?) {
        var text = ""
        do {
            while let chunk = try await stream.next() {
                #expect(chunk.readableBytes > 0)
                text += String(buffer: chunk)
            }
            return (text, nil)
        } catch {
            return (text, error)
        }
    }

    @Test(
        "The right bytes pass, in any chunks",
        arguments: [["abcdef"], ["a", "b", "c", "d", "e", "f"], ["", "abc", "", "", "def", ""], ["abcde", "f"]]
    )
    func right(chunks: [String]) async throws {
        for algorithm in Digest.Algorithm.allCases {
            let check = try DigestCheck(blob("abcdef", algorithm: algorithm))
            let checked = check.checked(stream(chunks))
            let (text, error) = await consume(checked)
            #expect(text == "abcdef")
            #expect(error == nil)
            #expect(try await checked.next() == nil)
        }
    }

    @Test("An empty blob", arguments: [[], [""], ["", ""]])
    func empty(chunks: [String]) async throws {
        let (text, error) = await consume(try DigestCheck(blob("")).checked(stream(chunks)))
        #expect(text.isEmpty)
        #expect(error == nil)
    }

    @Test(
        "Of wrong bytes a consumer never gets as many as the blob has, and the error stays",
        arguments: [
            (["abcdeX"], ImageStorageError.Code.digestMismatch), (["abc", "deX"], .digestMismatch),
            (["Xbc", "def"], .digestMismatch), (["a", "b", "c", "d", "e", "X"], .digestMismatch),
            // An empty chunk must not push the last bytes out.
            (["abcdeX", ""], .digestMismatch), (["abc", "deX", "", ""], .digestMismatch),
            (["abcde"], .sizeMismatch), ([], .sizeMismatch), (["abc", ""], .sizeMismatch),
            (["abcdefg"], .sizeMismatch), (["abcdef", "g"], .sizeMismatch), (["abc", "def", "ghi"], .sizeMismatch),
        ]
    )
    func wrong(chunks: [String], code: ImageStorageError.Code) async throws {
        let checked = try DigestCheck(blob("abcdef")).checked(stream(chunks))
        let (text, error) = await consume(checked)
        #expect(text.utf8.count < 6)
        #expect((error as? ImageStorageError)?.code == code)
        #expect(ContentFailureKind(of: error ?? Failure()) == .integrity)
        // A consumer that does not give up must not take silence for the end.
        for _ in 0..<2 {
            let again = await consume(checked)
            #expect(again.text.isEmpty)
            #expect((again.error as? ImageStorageError)?.code == code)
        }
    }

    @Test("What the source throws comes through, and stays")
    func sourceFailure() async throws {
        let checked = try DigestCheck(blob("abcdef")).checked(stream(["abc", "def"], failing: true))
        let (text, error) = await consume(checked)
        #expect(text == "abc")
        #expect(error is Failure)
        #expect(await consume(checked).error is Failure)
    }

    @Test("A stream cut short by cancellation says nothing about the bytes")
    func cancellation() async throws {
        let checked = try DigestCheck(blob("abcdef")).checked(stream(["abc"]))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                withUnsafeCurrentTask { $0?.cancel() }
                let (_, error) = await consume(checked)
                #expect(error is CancellationError)
            }
        }
    }
}

@Suite("Documents from received bytes")
struct ManifestDocumentVerificationTests {
    private let bytes = Array(
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}
        """.utf8
    )

    @Test("The right bytes make a document with their digest", arguments: Digest.Algorithm.allCases)
    func right(algorithm: Digest.Algorithm) throws {
        let digest = try ContentHasher.digest(of: bytes, algorithm)
        let document = try ManifestDocument(verifying: bytes, contentType: nil, expected: digest)
        #expect(document.digest == digest)
        #expect(document.bytes == bytes)
        #expect(document.mediaType == .ociIndex)
    }

    @Test("By tag the digest is SHA-256")
    func byTag() throws {
        let document = try ManifestDocument(verifying: bytes, contentType: .ociIndex, expected: nil)
        #expect(try document.digest == ContentHasher.digest(of: bytes))
    }

    @Test("Other bytes are an integrity failure, before they are looked at")
    func wrong() throws {
        let digest = try ContentHasher.digest(of: bytes)
        let error = #expect(throws: ImageStorageError.self) {
            try ManifestDocument(verifying: Array("<html>".utf8), contentType: nil, expected: digest)
        }
        #expect(error?.code == .digestMismatch)
        #expect(error?.kind == .integrity)
    }

    @Test("Right bytes that are no manifest are an error of the model")
    func noManifest() throws {
        let error = #expect(throws: OCIModelError.self) {
            try ManifestDocument(verifying: Array("<html>".utf8), contentType: nil, expected: nil)
        }
        #expect(error?.code == .invalidManifest)
    }
}

@Suite("Kinds of failure")
struct ContentFailureTests {
    @Test(
        "Every code has its kind",
        arguments: [
            (ImageStorageError.Code.blobNotFound, ContentFailureKind.notFound), (.manifestNotFound, .notFound),
            (.missingContent, .notFound), (.digestMismatch, .integrity), (.sizeMismatch, .integrity),
            (.manifestTooLarge, .refused), (.readOnly, .refused), (.invalidLayout, .refused), (.noSpace, .noSpace),
            (.fileSystem, .other),
        ]
    )
    func kinds(code: ImageStorageError.Code, kind: ContentFailureKind) {
        let error = ImageStorageError(code, subject: "a", message: "a sentence")
        #expect(error.kind == kind)
        #expect(ContentFailureKind(of: error) == kind)
        #expect(error.description == "a sentence")
    }

    @Test("An error that is no content failure is of another kind")
    func others() {
        #expect(ContentFailureKind(of: CancellationError()) == .other)
    }
}

@Suite("A check over several streams")
struct ResumedDigestCheckTests {
    private static let text = "abcdefghij"
    private let blob: Descriptor

    init() throws {
        blob = try Descriptor(mediaType: .ociLayer, digest: ContentHasher.digest(of: Self.text.utf8), size: 10)
    }

    private func stream(_ text: String, pieces: Int, pulled: Counter = Counter()) -> BlobStream {
        let rest = SingleConsumer(Substring(text))
        return BlobStream {
            guard !rest.value.isEmpty else { return nil }
            pulled.value += 1
            defer { rest.value = rest.value.dropFirst(pieces) }
            return ByteBuffer(substring: rest.value.prefix(pieces))
        }
    }

    private final class Counter: @unchecked Sendable {
        var value = 0
    }

    private func collect(_ stream: BlobStream) async throws -> String {
        var text = ""
        while let chunk = try await stream.next() { text += String(buffer: chunk) }
        return text
    }

    @Test("Parts follow each other, each from a stream of its own", arguments: [1, 3, 4, 10])
    func parts(pieces: Int) async throws {
        let check = try DigestCheck(blob)
        let pulled = Counter()
        let first = try await collect(
            check.checked(stream(Self.text, pieces: pieces, pulled: pulled), from: 0, giving: 0..<4)
        )
        #expect(first == "abcd")
        #expect(check.hashedBytes == 4)
        // The stream is not asked for what lies behind the part.
        #expect(pulled.value == (4 + pieces - 1) / pieces)
        let second = try await collect(check.checked(stream("efghij", pieces: pieces), from: 4, giving: 4..<10))
        #expect(second == "efghij")
        #expect(check.hashedBytes == 10)
        // The end once more, when its answer was lost, and nothing at all.
        #expect(try await collect(check.checked(stream("hij", pieces: pieces), from: 7, giving: 8..<10)) == "ij")
        #expect(try await collect(check.checked(stream("", pieces: pieces), from: 10, giving: 10..<10)) == "")
    }

    @Test("What was hashed before a break is not hashed again", arguments: [0, 2, 5])
    func overlap(offset: Int) async throws {
        let check = try DigestCheck(blob)
        let broken = check.checked(stream(Self.text, pieces: 2), from: 0, giving: 0..<10)
        _ = try await broken.next()
        _ = try await broken.next()
        #expect(check.hashedBytes == 6)
        let rest = String(Self.text.dropFirst(offset))
        let second = check.checked(stream(rest, pieces: 3), from: Int64(offset), giving: Int64(offset)..<10)
        #expect(try await collect(second) == rest)
    }

    @Test("Bytes before the part are hashed and not given")
    func hashedOnly() async throws {
        let check = try DigestCheck(blob)
        #expect(try await collect(check.checked(stream(Self.text, pieces: 3), from: 0, giving: 7..<10)) == "hij")
        let none = try DigestCheck(blob)
        #expect(try await collect(none.checked(stream(Self.text, pieces: 3), from: 0, giving: 10..<10)) == "")
        let wrong = try DigestCheck(blob)
        await #expect(throws: ImageStorageError.self) {
            _ = try await collect(wrong.checked(stream("abcdefghiX", pieces: 3), from: 0, giving: 10..<10))
        }
    }

    @Test("The last chunk is held back in later streams too, and a part that ends early is an error")
    func wrong() async throws {
        let check = try DigestCheck(blob)
        _ = try await collect(check.checked(stream("abXd", pieces: 2), from: 0, giving: 0..<4))
        let second = check.checked(stream("efghij", pieces: 2), from: 4, giving: 4..<10)
        #expect(try await second.next().map { String(buffer: $0) } == "ef")
        #expect(try await second.next().map { String(buffer: $0) } == "gh")
        await #expect(throws: ImageStorageError.self) { _ = try await second.next() }
        // Not even on another try with the end alone.
        let third = check.checked(stream("ij", pieces: 2), from: 8, giving: 8..<10)
        await #expect(throws: ImageStorageError.self) { _ = try await third.next() }
        let short = try DigestCheck(blob).checked(stream("abc", pieces: 3), from: 0, giving: 0..<4)
        _ = try await short.next()
        await #expect(throws: ImageStorageError.self) { _ = try await short.next() }
    }

    @Test("A check goes on from any checkpoint of another")
    func checkpoints() async throws {
        let passed = SingleConsumer([HashCheckpoint]())
        let recorder = CheckpointRecorder(every: 3) { passed.value.append($0) }
        let check = try DigestCheck(blob, recorder: recorder)
        _ = try await collect(check.checked(stream(Self.text, pieces: 2)))
        #expect(passed.value.map(\.offset) == [4, 8])
        #expect(check.checkpoint == nil)
        for checkpoint in passed.value {
            let later = try DigestCheck(blob, from: checkpoint)
            let rest = String(Self.text.dropFirst(Int(checkpoint.offset)))
            let stream = stream(rest, pieces: 4)
            #expect(try await collect(later.checked(stream, from: checkpoint.offset, giving: 9..<10)) == "j")
        }
        for bad in [HashCheckpoint(offset: 4, state: [1]), HashCheckpoint(offset: 64, state: passed.value[0].state)] {
            #expect(throws: ImageStorageError.self) { try DigestCheck(blob, from: bad) }
        }
    }
}
