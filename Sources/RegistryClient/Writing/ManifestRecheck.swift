import HTTPTransport
import OCIModel

extension RegistryClient {
    /// How often a manifest is put when the registry says that it lacks what it has just taken.
    private static let maximumRechecks = 3
    /// The codes with which registries say that.
    private static let unknownContent: Set<String> = ["BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN"]

    /// Puts a manifest; once more when the registry denies what the manifest names, and has it all the same.
    ///
    /// Registries over storage that shows new objects late answer so just after an upload.
    ///
    /// - Returns: the answer, whatever it says.
    /// - Throws: `RegistryClientError`, for content that really is missing too; `CancellationError`.
    func putRechecking(_ call: RegistryCall, _ bytes: [UInt8], as mediaType: MediaType) async throws -> HTTPAnswer {
        var budget = transport.retryBudget()
        for _ in 1..<Self.maximumRechecks {
            let answer = try await collect(call, upTo: 64 << 10)
            guard [400, 404].contains(answer.status),
                !Self.unknownContent.isDisjoint(with: RegistryErrorDocument(answer).codes),
                let repository = call.access.repository
            else { return answer }
            let missing: [String]
            do {
                let manifest = try Manifest(decoding: bytes, contentType: mediaType)
                missing = try await missingContent(of: manifest, in: repository)
            } catch is RegistryClientError {
                return answer  // what it says of the manifest is the better reason
            }
            guard missing.isEmpty else {
                let words = words(of: answer).map { " (\($0))" } ?? ""
                throw RegistryClientError(
                    .refused,
                    "the registry lacks what the manifest names: \(missing.joined(separator: ", "))\(words)",
                    purpose(of: call)
                )
            }
            let fault = transport.interruption(call.method, answer.url, "was refused for content that is there")
            do {
                try await transport.backOff(&budget, after: fault)
            } catch let fault as HTTPTransportError {
                throw RegistryClientError(fault, purpose(of: call))
            }
        }
        return try await collect(call, upTo: 64 << 10)
    }

    /// What a manifest names and a repository lacks, at most five of them.
    private func missingContent(of manifest: Manifest, in repository: RepositoryPath) async throws -> [String] {
        var missing: [String] = []
        for blob in manifest.blobs where missing.count < 5 {
            if try await !containsBlob(blob, in: repository) { missing.append("blob \(blob.digest)") }
        }
        for child in manifest.children where missing.count < 5 {
            let isThere = try await readBack(.digest(child.digest), in: repository) != nil
            if !isThere { missing.append("manifest \(child.digest)") }
        }
        return missing
    }
}
