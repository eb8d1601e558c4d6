import Foundation

/// The answer of a token service.
///
/// https://distribution.github.io/distribution/spec/auth/token/
struct TokenDocument: Sendable {
    /// The token; visible ASCII.
    let token: String
    /// How long it is valid from now on.
    let lifetime: Duration

    /// The lifetime when nothing is said, in seconds; what the specification takes.
    private static let unsaid = 60.0
    /// The most that a service's own clock takes away from a lifetime: down to so many seconds.
    private static let shortestRest = 10.0

    /// Decodes an answer; nil when it has no usable token.
    ///
    /// - Parameters:
    ///   - bytes: the body.
    ///   - date: the `Date` of the answer. Only by it the age of a token is told that the service kept for a while: this
    ///     machine's clock may be wrong.
    init?(_ bytes: [UInt8], date: String? = nil) {
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
        // A year bounds nonsense. Nothing is as good as zero: the token is used, and renewed when it is refused.
        let stated = wire.lifetime.flatMap { $0 > 0 ? min(max($0, 1), 31_536_000) : nil } ?? Self.unsaid
        let age = Self.age(issuedAt: wire.issuedAt, date: date)
        lifetime = .milliseconds(Int64(max(min(stated, Self.shortestRest), stated - age) * 1_000))
    }

    private static func age(issuedAt: String?, date: String?) -> Double {
        guard let issuedAt = issuedAt.flatMap(instant), let now = date.flatMap(httpDate) else { return 0 }
        return max(0, now.timeIntervalSince(issuedAt))
    }

    private static func instant(_ text: String) -> Date? {
        let whole = try? Date(text, strategy: .iso8601)
        // Not a date is as good as none: the member is optional.
        return whole ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }

    private static func httpDate(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: text)
    }
}

private struct Wire: Decodable {
    private enum CodingKeys: String, CodingKey {
        case token
        case accessToken = "access_token"
        case lifetime = "expires_in"
        case issuedAt = "issued_at"
    }

    var token: String?
    var accessToken: String?
    /// In seconds; nil when it is not stated as a number, which some services write in quotes.
    var lifetime: Double?
    var issuedAt: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        token = try container.decodeIfPresent(String.self, forKey: .token)
        accessToken = try container.decodeIfPresent(String.self, forKey: .accessToken)
        // A token that is renewed too early or too late still serves, so nothing about its time makes it useless.
        if let number = try? container.decodeIfPresent(Double.self, forKey: .lifetime) {
            lifetime = number
        } else if let text = try? container.decodeIfPresent(String.self, forKey: .lifetime) {
            lifetime = Double(text).flatMap { $0.isFinite ? $0 : nil }
        }
        issuedAt = try? container.decodeIfPresent(String.self, forKey: .issuedAt)
    }
}
