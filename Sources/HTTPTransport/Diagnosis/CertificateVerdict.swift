import Foundation
import OpenSSLCrypto

/// Why the certificates that a server presented are not accepted, found from what they say.
struct CertificateVerdict: Hashable {
    /// One thing that is wrong.
    enum Cause: Hashable {
        /// The validity of a certificate is over; `subject` is nil for the server's own.
        case expired(at: Int64, subject: String?)
        /// The validity of a certificate has not begun.
        case notYetValid(until: Int64, subject: String?)
        /// The server's certificate is for other hosts.
        case wrongHost
        /// The server's certificate has signed itself.
        case selfSigned
        /// The server sends its authority, and that is not trusted.
        case unknownAuthority(String)
        /// The server sends less than the way to an authority; who is missing signed the last.
        case missingIssuer(String)
    }

    /// The certificates, the server's own first.
    let chain: [PresentedCertificate]
    /// What is wrong with them, the gravest first; never empty.
    let causes: [Cause]

    /// Judges a chain.
    ///
    /// - Parameters:
    ///   - chain: what was presented, the server's own first; nil comes back when it is empty.
    ///   - host: who was asked.
    ///   - now: the time of this machine, in seconds since 1970.
    ///   - isTrusted: whether all but the name was found to be good.
    init?(_ chain: [PresentedCertificate], host: String, now: Int64, isTrusted: Bool) {
        guard let own = chain.first else { return nil }
        self.chain = chain
        guard !isTrusted else {
            causes = [.wrongHost]
            return
        }
        let path = Self.path(chain)
        var causes: [Cause] = []
        for (index, certificate) in path.enumerated() {
            let subject = index == 0 ? nil : certificate.subject
            if certificate.notAfter < now { causes.append(.expired(at: certificate.notAfter, subject: subject)) }
            if certificate.notBefore > now {
                causes.append(.notYetValid(until: certificate.notBefore, subject: subject))
            }
        }
        if own.isSelfIssued {
            causes.append(.selfSigned)
        } else if let last = path.last {
            causes.append(last.isSelfIssued ? .unknownAuthority(last.subject) : .missingIssuer(last.issuer))
        }
        if !own.matches(host: host) { causes.append(.wrongHost) }
        self.causes = causes
    }

    /// The certificates from the server's own upwards as each names its issuer, whatever order they came in.
    private static func path(_ chain: [PresentedCertificate]) -> [PresentedCertificate] {
        var path = Array(chain.prefix(1))
        while let last = path.last, !last.isSelfIssued, path.count < chain.count,
            let next = chain.first(where: { $0.subject == last.issuer }), !path.contains(next)
        {
            path.append(next)
        }
        return path
    }

    /// Whether an authority that is added to the trusted ones would help.
    var asksForAuthority: Bool {
        causes.contains { cause in
            switch cause {
            case .selfSigned, .unknownAuthority, .missingIssuer: true
            default: false
            }
        } && !isOutOfDate
    }

    /// Whether a date is wrong: that of a certificate, or that of this machine.
    var isOutOfDate: Bool {
        causes.contains { cause in
            switch cause {
            case .expired, .notYetValid: true
            default: false
            }
        }
    }

    /// What is wrong, as the second half of a sentence about the certificate of the server.
    func problem(host: String) -> String {
        // An authority that nobody knows tells nothing beside a date that is wrong: it may be well known.
        let told = isOutOfDate ? causes.filter { !Self.isAboutAuthority($0) } : causes
        return told.map { sentence($0, host: host) }.joined(separator: ", and ")
    }

    private static func isAboutAuthority(_ cause: Cause) -> Bool {
        switch cause {
        case .unknownAuthority, .missingIssuer: true
        default: false
        }
    }

    private func sentence(_ cause: Cause, host: String) -> String {
        switch cause {
        case .expired(let moment, let subject): "\(Self.owner(subject))expired on \(Self.text(moment))"
        case .notYetValid(let moment, let subject): "\(Self.owner(subject))is not valid before \(Self.text(moment))"
        case .wrongHost: "it is not for \(host) but for \(namesText)"
        case .selfSigned: "it has signed itself and is not among the trusted ones"
        case .unknownAuthority(let name): "its authority \(name) is not trusted here"
        case .missingIssuer(let name):
            "its issuer \(name) is neither sent by the server (a missing intermediate certificate) nor trusted here"
        }
    }

    private static func owner(_ subject: String?) -> String { subject.map { "that of its issuer \($0) " } ?? "it " }

    private var namesText: String {
        let names = chain.first?.names ?? []
        if names.isEmpty { return "no name" }
        return names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }

    /// What was presented, as part of a sentence.
    var presented: String {
        guard let own = chain.first else { return "nothing" }
        return "subject \(own.subject), issuer \(own.issuer), for \(namesText), "
            + "valid from \(Self.text(own.notBefore)) to \(Self.text(own.notAfter))"
    }

    /// A moment as `2026-11-21 08:30 UTC`.
    static func text(_ seconds: Int64) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&moment, &parts) != nil else { return "\(seconds)" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(Int(parts.tm_year) + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)) UTC"
    }
}
