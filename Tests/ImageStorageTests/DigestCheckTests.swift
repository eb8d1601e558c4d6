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
