import OCIModel

/// Judges what stores have, store by store, and decides what comes out.
///
/// It is pure. The first store that has a right signature decides, with all its right ones; what was wrong before is told as a note.
/// When none has one, the error is about the signature that tells most, and says what each store said.
struct SignatureSearch {
    let digest: Digest
    let verifier: ReleaseSignatureVerifier

    private var valid: [VerifiedReleaseSignature] = []
    private var refusals: [(place: String, error: ReleasesError)] = []
    private var silences: [String] = []
    private var failures: [String] = []
    private var hasAnswer = false

    /// Begins a search for one release.
    init(digest: Digest, verifier: ReleaseSignatureVerifier) {
        self.digest = digest
        self.verifier = verifier
    }

    /// Takes the answer of the next store.
    ///
    /// - Returns: whether no other store need be asked.
    mutating func add(_ answer: SignatureStoreAnswer, from store: SignatureStore) -> Bool {
        for candidate in answer.candidates {
            do throws(ReleasesError) {
                guard let bytes = candidate.bytes else { throw ReleaseSignatureVerifier.tooLarge(digest) }
                var signature = try verifier.check(bytes, of: digest)
                signature.place = candidate.place
                if !valid.contains(where: { $0.signature == signature.signature }) { valid.append(signature) }
            } catch {
                refusals.append((candidate.place, error))
            }
        }
        if let failure = answer.failure {
            failures.append("\(store) could not be asked: \(failure)")
        } else {
            if answer.candidates.isEmpty { silences.append("\(store) has none") }
            // That nothing was kept earlier says nothing about the release.
            if case .collection = store.place {} else { hasAnswer = true }
        }
        return !valid.isEmpty
    }

    /// The signatures that were found right.
    ///
    /// - Throws: `ReleasesError`, see ``ReleaseSignatureFinder/signatures(of:)``.
    func outcome() throws(ReleasesError) -> [VerifiedReleaseSignature] {
        guard var first = valid.first else { throw failure }
        first.notes += Self.shortened(refusals.map { "\($0.place): \($0.error.reason)" } + failures)
        return [first] + valid.dropFirst()
    }

    private var failure: ReleasesError {
        // A signature by a stranger says least: others may sign the same release, too.
        let telling = refusals.firstIndex { $0.error.code != .signatureUnknownKey } ?? refusals.indices.first
        if let telling {
            let chosen = refusals[telling]
            let others = refusals.indices.filter { $0 != telling }.map { refusals[$0] }
            let rest = others.map { "\($0.place): \($0.error.reason)" } + silences + failures
            return ReleasesError(
                chosen.error.code,
                reference: digest,
                reason: Self.joined("\(chosen.error.reason) (\(chosen.place))", rest),
                underlying: chosen.error.underlying
            )
        }
        guard hasAnswer || failures.isEmpty else {
            return ReleasesError(
                .signatureStoreUnavailable,
                reference: digest,
                reason: Self.joined("whether it is signed cannot be found out", failures + silences + [Self.advice])
            )
        }
        let none = silences.isEmpty && failures.isEmpty
        return ReleasesError(
            .signatureNotFound,
            reference: digest,
            reason: none
                ? "no signature was found, as there is no store to ask; \(Self.advice)"
                : Self.joined("no signature was found", silences + failures + [Self.advice])
        )
    }

    private static let advice = "--signature-store names another store"

    private static func joined(_ first: String, _ rest: [String]) -> String {
        ([first] + shortened(rest)).joined(separator: "; ")
    }

    /// A server may answer anything to every request; nobody reads the same sentence dozens of times.
    private static func shortened(_ texts: [String]) -> [String] {
        let limit = 6
        guard texts.count > limit else { return texts }
        return texts.prefix(limit) + ["and \(texts.count - limit) more"]
    }
}
