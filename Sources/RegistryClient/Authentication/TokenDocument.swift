import Foundation

/// The answer of a token service.
///
/// https://distribution.github.io/distribution/spec/auth/token/
struct TokenDocument: Sendable {
    /// The token; visible ASCII.
    let token: String
    /// How long it is valid.
    let lifetime: Duration

    /// Decodes an answer; nil when it has no usable token.
    init?(_ bytes: [UInt8]) {
        let wire: Wire
        do {
            wire = try JSONDecoder().decode(Wire.self, from: Data(bytes))
        } catch {
            return nil  // the caller says which service it was; the text of a decoding error may quote the token
        }
        guard let token = [wire.token, wire.accessToken].compactMap({ $0 }).first(where: { !$0.isEmpty }),
            token.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        self.token = token
        // 60 s is what the specification takes when nothing is said; a year bounds nonsense.
        lifetime = .seconds(min(max(wire.lifetime ?? 60, 1), 31_536_000))
    }
}

private struct Wire: Decodable {
    private enum CodingKeys: String, CodingKey {
        case token
        case accessToken = "access_token"
        case lifetime = "expires_in"
    }

    var token: String?
    var accessToken: String?
    /// In seconds; nil when it is not stated as a number, which some services write in quotes.
    var lifetime: Double?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        token = try container.decodeIfPresent(String.self, forKey: .token)
        accessToken = try container.decodeIfPresent(String.self, forKey: .accessToken)
        do {
            lifetime = try container.decodeIfPresent(Double.self, forKey: .lifetime)
        } catch is DecodingError {
            // A token that is renewed too early or too late still serves.
            lifetime = Double(try container.decode(String.self, forKey: .lifetime)).flatMap { $0.isFinite ? $0 : nil }
        }
    }
}
