import FerryTestSupport
import Foundation
import RegistryServer
import Testing

/// What `ferry doctor --output json` prints; decoding fails when the shape has changed.
struct DoctorDocument: Decodable {
    struct Registry: Decodable {
        struct Check: Decodable {
            let check: String
            let status: String
            let seconds: Double
            let message: String
            let remedy: String?
        }

        struct Expectation: Decodable {
            let topic: String
            let text: String
        }

        let registry: String
        let place: String
        let role: String
        let kind: String?
        let kindName: String?
        let evidence: String?
        let expectations: [Expectation]
        let status: String
        let seconds: Double
        let checks: [Check]

        /// One check.
        func check(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Check {
            try #require(checks.first { $0.check == name }, "no check \(name)", sourceLocation: sourceLocation)
        }

        /// The names of the checks with a status.
        func checks(_ status: String) -> [String] { checks.filter { $0.status == status }.map(\.check) }
    }

    struct Service: Decodable {
        let service: String
        let place: String
        let status: String
        let seconds: Double
        let checks: [Registry.Check]

        /// The check that failed; nil when there is none, or more than one.
        var failure: Registry.Check? {
            let failed = checks.filter { $0.status == "fail" }
            return failed.count == 1 ? failed[0] : nil
        }
    }

    let wouldSucceed: Bool
    let reasons: [String]
    let registries: [Registry]
    let services: [Service]
}

extension Scene {
    /// Runs `ferry doctor` and reads its JSON.
    func doctor(
        _ arguments: String...,
        exits status: Int32 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> DoctorDocument {
        let result = try await ferry(
            arguments: ["doctor"] + arguments + ["--output", "json"],
            exits: status,
            sourceLocation: sourceLocation
        )
        let document = try JSONDecoder().decode(DoctorDocument.self, from: Data(result.stdout.utf8))
        #expect(document.wouldSucceed == (status == 0), sourceLocation: sourceLocation)
        #expect(document.reasons.isEmpty == document.wouldSucceed, sourceLocation: sourceLocation)
        return document
    }
}

/// Small imitations of registries, by what they say of themselves.
enum RegistryImitation {
    /// A registry that gives everybody a token, from its own server.
    ///
    /// - Parameters:
    ///   - path: where the tokens come from.
    ///   - service: what the challenge says of the service.
    ///   - more: what else it does, to those who have a token.
    /// - Returns: the behaviour.
    static func bearer(
        _ path: String,
        service: String? = nil,
        more: @escaping RegistryBehaviour = { _ in nil }
    ) -> RegistryBehaviour {
        { request in
            var made = Intervention.none
            if request.path.hasPrefix(path) {
                made.answer = Intervention.Answer(status: 200, body: #"{"token":"any","expires_in":300}"#)
                return made
            }
            guard request.fields["authorization"] == "Bearer any" else {
                let tail = service.map { #",service="\#($0)""# } ?? ""
                let challenge = #"Bearer realm="\#(path)"\#(tail)"#
                made.answer = .error(401, code: "UNAUTHORIZED", fields: ["WWW-Authenticate": challenge])
                return made
            }
            return await more(request)
        }
    }

    /// Refuses whatever a function chooses.
    static func refusing(
        _ status: Int,
        code: String = "DENIED",
        where isRefused: @escaping @Sendable (RegistryRequest) -> Bool
    ) -> RegistryBehaviour {
        { request in
            guard isRefused(request) else { return nil }
            var made = Intervention.none
            made.answer = .error(status, code: code)
            return made
        }
    }

    /// Adds fields to every answer.
    static func adding(_ fields: [String: String]) -> RegistryBehaviour {
        { _ in
            var made = Intervention.none
            made.rewrite = { head in head.fields.merge(fields) { $1 } }
            return made
        }
    }
}
