import DispatchLanes
import HTTPTransport
import OCIModel

/// Bytes that may be a signature.
struct SignatureCandidate: Hashable, Sendable {
    /// Where they lie.
    let place: String
    /// The bytes; nil when there are more than a signature may have.
    let bytes: [UInt8]?
}

/// What a store has for a digest.
struct SignatureStoreAnswer: Hashable, Sendable {
    /// What was found, in the store's order; also what was read before the store failed.
    var candidates: [SignatureCandidate] = []
    /// Why the store could not be asked to the end; nil when it was.
    var failure: String?
}

/// Asks stores what they have.
struct SignatureStoreReader: Sendable {
    private static let lanes = DispatchLanes(label: "ferry.signatures", width: 2)

    let transport: HTTPTransport

    /// Reads everything that a store has for a digest, within the limits.
    ///
    /// - Throws: `CancellationError`; a store that fails is an answer.
    func read(_ store: SignatureStore, of digest: Digest) async throws -> SignatureStoreAnswer {
        switch store.place {
        case .web(let url): return try await read(url, of: digest)
        case .folder(let path):
            return try await Self.lanes.run { SignatureFolder(path: path).numbered(of: digest) }
        case .collection(let path):
            return try await Self.lanes.run { SignatureFolder(path: path).named(after: digest) }
        }
    }

    private func read(_ base: HTTPURL, of digest: Digest) async throws -> SignatureStoreAnswer {
        var answer = SignatureStoreAnswer()
        let folder = (base.path == "/" ? "" : base.path) + "/" + SignatureStore.folder(of: digest)
        for number in 1...SignatureStore.maximumSignatures {
            let url = base.with(pathAndQuery: "\(folder)/signature-\(number)")
            do {
                guard let bytes = try await read(url) else { return answer }
                // An empty file stands for a signature that was taken back.
                guard !bytes.isEmpty else { continue }
                answer.candidates.append(SignatureCandidate(place: url.description, bytes: bytes))
            } catch let error as HTTPTransportError {
                guard error.code == .bodyTooLarge else {
                    answer.failure = Self.text(of: error, at: url)
                    return answer
                }
                answer.candidates.append(SignatureCandidate(place: url.description, bytes: nil))
            }
        }
        return answer
    }

    /// The failure without the address, which is that of the store as a rule.
    private static func text(of error: HTTPTransportError, at url: HTTPURL) -> String {
        let name = url.path.split(separator: "/").last.map(String.init) ?? ""
        let subject = error.host == url.origin.authority ? name : "\(name), \(error.request)"
        return "\(subject) \(error.reason)" + (error.attempts > 1 ? " (tried \(error.attempts) times)" : "")
    }

    /// The bytes at an address; nil when nothing is there.
    private func read(_ url: HTTPURL) async throws -> [UInt8]? {
        // Who names a plain address has asked for it; a signature proves itself however it came.
        let request = HTTPRequest(.get, url, inheritsInsecurity: url.origin.scheme == .http)
        let answer = try await ask(request)
        switch answer.status {
        case 200..<300: return answer.bytes
        case 404, 410: return nil
        default: throw transport.statusFault(answer, to: .get)
        }
    }

    /// The answer, after as many tries as usual; but one is enough where the name of the host is not known.
    ///
    /// As a rule there is no network then, and nobody who mirrors a release of their own should wait for one.
    private func ask(_ request: HTTPRequest) async throws -> HTTPAnswer {
        var budget = transport.retryBudget()
        while true {
            let failure: HTTPTransportError
            do {
                let answer = try await transport.attempt(request, upTo: ReleaseSignatureVerifier.maximumBytes)
                guard let fault = transport.fault(of: answer, to: request.method) else { return answer }
                failure = fault
            } catch let fault as HTTPTransportError {
                failure = fault
            }
            guard failure.code != .unknownHost else { throw failure }
            try await transport.backOff(&budget, after: failure)
        }
    }
}
