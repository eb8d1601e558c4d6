import FerryTestSupport
import Foundation
import HTTPTestSupport
import HTTPTransport
import ImageStorage
import MirrorPlan
import OCIModel
import OpenPGP
import Testing

@testable import Releases

/// Looks for a real signature, which is right, among wrong ones.
@Suite struct ReleaseSignatureFinderTests {
    private static let digest = SignatureText.redHat
    private static let right = try? SignatureText.real(digest)
    private static let stranger = try? SignatureText.real(SignatureText.openShiftCI)

    /// What a store has: `r` right, `s` by a stranger, `t` right but cut off, `e` nothing, anything else an error.
    private static func answer(_ letter: Character?) -> ScriptedAnswer {
        switch letter {
        case "r": ScriptedAnswer(200, body: right ?? [])
        case "s": ScriptedAnswer(200, body: stranger ?? [])
        case "t": ScriptedAnswer(200, body: Array((right ?? []).dropLast(9)))
        case "e": ScriptedAnswer(200)
        case nil: ScriptedAnswer(404)
        case "h": ScriptedAnswer(200, body: right ?? [], ending: .stall(after: 3))
        default: ScriptedAnswer(403)
        }
    }

    private enum Outcome: Equatable {
        case found([String], notes: Int)
        case refused(String)
    }

    /// Looks through stores that have what their words say, letter by letter.
    private func find(_ words: [String], local: [SignatureStore] = []) async throws -> (Outcome, String) {
        try await ScriptedServer.withServer({ request in
            let parts = request.path.split(separator: "/")
            guard parts.count == 3, let number = Int(parts[2].dropFirst("signature-".count)),
                parts[1] == "\(Self.digest.replacingOccurrences(of: ":", with: "="))"
            else { return ScriptedAnswer(500) }
            let word = parts[0].dropFirst()
            return Self.answer(word.dropFirst(number - 1).first)
        }) { server in
            try await withSignatureTransport { transport in
                let stores = try words.enumerated().map { index, word in
                    try SignatureStore("http://\(server.authority)/\(index)\(word)")
                }
                let verifier = ReleaseSignatureVerifier(
                    keyRing: try BuiltInKeys.ring(for: .ocp),
                    now: 1_704_067_200
                )
                let finder = ReleaseSignatureFinder(stores: stores, transport: transport, verifier: verifier)
                    .adding(first: local)
                do {
                    let found = try await finder.signatures(of: try Digest(Self.digest))
                    let places = found.map { $0.place.split(separator: "/").suffix(3) }
                        .map { "\($0.first?.first ?? "-")\($0.last?.last ?? "-")" }
                    return (.found(places, notes: found.first?.notes.count ?? 0), found.first?.notes.first ?? "")
                } catch let error as ReleasesError {
                    return (.refused("\(error.code)"), "\(error)")
                }
            }
        }
    }

    @Test(
        arguments: [
            (["r"], .found(["01"], notes: 0)), (["er"], .found(["02"], notes: 0)), (["sr"], .found(["02"], notes: 1)),
            // The same bytes again are no second signature.
            (["rr"], .found(["01"], notes: 0)),
            (["", "r"], .found(["11"], notes: 0)), (["r", "r"], .found(["01"], notes: 0)),
            (["s", "r"], .found(["11"], notes: 1)), (["x", "r"], .found(["11"], notes: 1)),
            (["st", "x", "r", "s"], .found(["21"], notes: 3)), (["rx", "s"], .found(["01"], notes: 1)),
            // However long the first store takes, its word counts first.
            ([String(repeating: "s", count: 30), "r"], .found(["11"], notes: 7)),
            // Nobody waits for what does not count.
            (["r", "h"], .found(["01"], notes: 0)),
            ([""], .refused("signatureNotFound")), (["", ""], .refused("signatureNotFound")),
            ([], .refused("signatureNotFound")), (["", "x"], .refused("signatureNotFound")),
            (["x", "x"], .refused("signatureStoreUnavailable")),
            (["s"], .refused("signatureUnknownKey")), (["", "s"], .refused("signatureUnknownKey")),
            (["x", "s"], .refused("signatureUnknownKey")),
            // The signature that tells most.
            (["s", "t"], .refused("signatureTruncated")), (["ts"], .refused("signatureTruncated")),
        ] as [([String], Outcome)]
    )
    private func decides(words: [String], outcome: Outcome) async throws {
        let (found, text) = try await find(words)
        #expect(found == outcome, "\(text)")
    }

    @Test func tellsWhatEachStoreSaid() async throws {
        let (_, text) = try await find(["s", "", "x", "t"])
        #expect(text.hasPrefix("release \(Self.digest): its signature is refused: "))
        for part in ["/3t/", "/0s/", "/1 has none", "/2x could not be asked"] {
            #expect(text.contains(part), "\(part): \(text)")
        }
    }

    @Test func aKeptSignatureNeedsNoStore() async throws {
        try await withTemporaryFolder { folder in
            let hex = Self.digest.dropFirst("sha256:".count)
            let path = "\(folder)/4.0.0-sha256-\(hex)"
            try Data(Self.right ?? []).write(to: URL(fileURLWithPath: path))
            let (kept, _) = try await find(["h"], local: [.collection(folder)])
            #expect({ if case .found(let places, 0) = kept { places.count == 1 } else { false } }())
            // A wrong one is told of, and does not stand in the way of a right one.
            try Data(Self.stranger ?? []).write(to: URL(fileURLWithPath: path))
            #expect(try await find(["r"], local: [.collection(folder)]).0 == .found(["01"], notes: 1))
            #expect(try await find([""], local: [.collection(folder)]).0 == .refused("signatureUnknownKey"))
            // That nothing was kept says nothing.
            let empty = [SignatureStore.collection("\(folder)/none")]
            #expect(try await find(["x"], local: empty).0 == .refused("signatureStoreUnavailable"))
            #expect(try await find([""], local: empty).0 == .refused("signatureNotFound"))
        }
    }

    @Test func findsInFolders() async throws {
        let store = try SignatureStore("file://\(SignatureText.fixtures)")
        let (found, _) = try await find(["h"], local: [store])
        #expect(found == .found(["s1"], notes: 0))
        let gone = try SignatureStore("file:///nonexistent/signatures")
        #expect(try await find([], local: [gone]).0 == .refused("signatureStoreUnavailable"))
    }

    @Test func kindsOfFailures() {
        for (code, kind) in [
            (ReleasesError.Code.signatureStoreUnavailable, ContentFailureKind.unavailable),
            (.signatureNotFound, .integrity), (.signatureTampered, .integrity), (.invalidSignatureStore, .refused),
        ] {
            #expect(ReleasesError(code, reference: "r", reason: "x").kind == kind)
        }
    }
}
