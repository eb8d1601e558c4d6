package import OCIModel

/// Signatures from stores, and where those have none, from the stores that the payload itself names.
///
/// A payload may name any store: what it holds counts only when a trusted key has signed it.
package struct StoreSignatures: ReleaseSignatureProvider {
    private let finders: [ReleaseProduct: ReleaseSignatureFinder]
    private let asksPayloads: Bool
    private let reader: ReleasePayloadReader

    /// Takes the stores.
    ///
    /// - Parameters:
    ///   - finders: what looks in them, by product.
    ///   - asksPayloads: whether stores that payloads name are asked too.
    ///   - reader: opens payloads.
    package init(
        finders: [ReleaseProduct: ReleaseSignatureFinder],
        asksPayloads: Bool,
        reader: ReleasePayloadReader = ReleasePayloadReader()
    ) {
        self.finders = finders
        self.asksPayloads = asksPayloads
        self.reader = reader
    }

    /// The signatures of the first store that has any.
    ///
    /// - Throws: as ``ReleaseSignatureFinder/signatures(of:)``; `.signatureNotFound` for a product without stores.
    package func signatures(
        of digest: Digest,
        product: ReleaseProduct,
        storesOf payload: PayloadPlace?
    ) async throws -> [VerifiedReleaseSignature] {
        guard let finder = finders[product] else {
            throw ReleasesError(
                .signatureNotFound,
                reference: digest,
                reason: "no stores are known for signatures of \(product.rawValue) releases"
            )
        }
        do {
            return try await finder.signatures(of: digest)
        } catch let failure as ReleasesError where Self.isAbsence(failure) {
            guard asksPayloads, let payload else { throw failure }
            return try await signatures(of: digest, payload, finder, after: failure)
        }
    }

    private func signatures(
        of digest: Digest,
        _ payload: PayloadPlace,
        _ finder: ReleaseSignatureFinder,
        after failure: ReleasesError
    ) async throws -> [VerifiedReleaseSignature] {
        let named = try await PayloadSignatureStores.read(
            payload.document,
            of: payload.reference,
            in: payload.repository,
            from: payload.source,
            with: reader
        )
        let others = named.stores.filter { !finder.stores.contains($0) }
        guard !others.isEmpty else { throw failure }
        do {
            return try await finder.replacing(stores: others).signatures(of: digest)
        } catch let second as ReleasesError {
            // A wrong signature says more than that there is none.
            throw Self.isAbsence(second) ? failure : second
        }
    }

    private static func isAbsence(_ failure: ReleasesError) -> Bool {
        failure.code == .signatureNotFound || failure.code == .signatureStoreUnavailable
    }
}
