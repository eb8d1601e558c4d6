import Foundation
import HTTPTransport

/// The body with which registries explain a refusal.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
struct RegistryErrorDocument: Sendable {
    /// The codes, in order.
    let codes: [String]
    private let words: String?

    /// Codes and messages, at most 300 characters; nil when the body says nothing readable.
    ///
    /// - Parameter secrets: what must not be shown; some servers repeat what they were sent.
    func text(hiding secrets: KnownSecrets) -> String? {
        words.flatMap { ServerText.printable($0, hiding: secrets) }
    }

    /// Reads the body of an answer; never fails.
    init(_ answer: HTTPAnswer) {
        self.init(bytes: answer.bytes, contentType: answer.fields["content-type"])
    }

    /// Reads a body; never fails.
    init(bytes: [UInt8], contentType: String?) {
        let document: Wire?
        do {
            document = try JSONDecoder().decode(Wire.self, from: Data(bytes))
        } catch {
            document = nil  // any body is possible here, HTML of a proxy for one
        }
        let errors = document?.errors ?? []
        codes = errors.compactMap(\.code)
        let texts = errors.prefix(5).map { error in
            [error.code, error.message].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
        }.filter { !$0.isEmpty }
        if !texts.isEmpty {
            words = texts.joined(separator: "; ")
        } else if contentType?.lowercased().hasPrefix("text/plain") == true {
            words = String(decoding: bytes.prefix(1_000), as: UTF8.self)
        } else {
            words = nil
        }
    }
}

private struct Wire: Decodable {
    struct Item: Decodable {
        var code: String?
        var message: String?
    }

    var errors: [Item]?
}
