package import HTTPTransport
package import OCIModel

/// Looks for the signatures of releases and checks them.
///
/// Stores count in the order in which they are given. Those at the front that need no network are read one after the
/// other; the rest is asked at the same time, and yet the outcome is that of asking in order, however fast each answers.
package struct ReleaseSignatureFinder: Sendable {
    /// The stores, in order.
    package let stores: [SignatureStore]
    private let reader: SignatureStoreReader
    private let verifier: ReleaseSignatureVerifier

    /// Makes a finder.
    ///
    /// - Parameters:
    ///   - stores: where to look, in order; each once.
    ///   - transport: asks web stores, with its retries.
    ///   - verifier: decides what is right.
    package init(stores: [SignatureStore], transport: HTTPTransport, verifier: ReleaseSignatureVerifier) {
        var seen: Set<SignatureStore> = []
        self.stores = stores.filter { seen.insert($0).inserted }
        reader = SignatureStoreReader(transport: transport)
        self.verifier = verifier
    }

    /// The same with other stores before or behind.
    ///
    /// - Parameters:
    ///   - first: the stores before, such as the folder of kept signatures.
    ///   - last: the stores behind, such as those that a payload names.
    /// - Returns: the finder.
    package func adding(first: [SignatureStore] = [], last: [SignatureStore] = []) -> ReleaseSignatureFinder {
        ReleaseSignatureFinder(stores: first + stores + last, transport: reader.transport, verifier: verifier)
    }

    /// The same with other stores in place of its own.
    func replacing(stores: [SignatureStore]) -> ReleaseSignatureFinder {
        ReleaseSignatureFinder(stores: stores, transport: reader.transport, verifier: verifier)
    }

    /// Finds the signatures of a release.
    ///
    /// - Parameter digest: the release: its payload, or the list of its payloads.
    /// - Returns: all right signatures of the first store that has any, at least one, in the store's order. Notes of
    ///   the first say what else was found, and what could not be asked.
    /// - Throws: `ReleasesError`: with the code of a signature that was found and is not right; `.signatureNotFound`
    ///   when there is none; `.signatureStoreUnavailable` when no store could be asked. `CancellationError`.
    package func signatures(of digest: Digest) async throws -> [VerifiedReleaseSignature] {
        var search = SignatureSearch(digest: digest, verifier: verifier)
        let local = stores.prefix { $0.isLocal }
        for store in local where search.add(try await reader.read(store, of: digest), from: store) {
            return try search.outcome()
        }
        return try await ask(Array(stores.dropFirst(local.count)), search).outcome()
    }

    /// Asks stores at the same time and judges their answers in order.
    private func ask(_ stores: [SignatureStore], _ search: SignatureSearch) async throws -> SignatureSearch {
        let (reader, digest) = (reader, search.digest)
        return try await withThrowingTaskGroup(of: (Int, SignatureStoreAnswer).self) { group in
            for (index, store) in stores.enumerated() {
                group.addTask { (index, try await reader.read(store, of: digest)) }
            }
            var search = search
            var early: [Int: SignatureStoreAnswer] = [:]
            var next = 0
            while let (index, answer) = try await group.next() {
                early[index] = answer
                while let answer = early.removeValue(forKey: next) {
                    if search.add(answer, from: stores[next]) {
                        // What the others say counts no more.
                        group.cancelAll()
                        return search
                    }
                    next += 1
                }
            }
            return search
        }
    }
}
