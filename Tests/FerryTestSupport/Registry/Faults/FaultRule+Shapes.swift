import Foundation
package import OCIModel
import RegistryServer

/// The shapes in which real registries do things differently.
extension FaultRule.Fault {
    /// How an answer says when to come again.
    package enum RetryAfter: Hashable, Sendable, CaseIterable {
        case zeroSeconds, pastDate, none

        var fields: [String: String] {
            switch self {
            case .zeroSeconds: ["Retry-After": "0"]
            case .pastDate: ["Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT"]
            case .none: [:]
            }
        }
    }

    /// What stands in the body of a refusal.
    package enum Body: Hashable, Sendable, CaseIterable {
        case json, html
    }

    /// How an upload's address is written.
    package enum Location: Hashable, Sendable, CaseIterable {
        case relative, absolute, withState
    }

    /// Status 429 in one of its shapes.
    package static func tooManyRequests(_ delay: RetryAfter, _ body: Body) -> FaultRule.Fault {
        switch body {
        case .json:
            .answer(.error(429, code: "TOOMANYREQUESTS", message: "rate exceeded", fields: delay.fields))
        case .html: .answer(.html(429, "429 Too Many Requests", fields: delay.fields))
        }
    }

    /// The answer of nginx to a body over its limit, given before the body is read; for ``FaultRule/Target/bodies(over:)``.
    package static let bodyTooLarge = FaultRule.Fault.answer(
        .html(413, "413 Request Entity Too Large", fields: ["Connection": "close"])
    )

    /// The session of an upload is not known (any more).
    package static let lostSession = FaultRule.Fault.answer(
        .error(404, code: "BLOB_UPLOAD_UNKNOWN", message: "blob upload unknown to registry")
    )

    /// Addresses of uploads are written in another way; those with state have a new one in each answer.
    package static func location(_ style: Location, host: @escaping @Sendable () -> String = { "" }) -> FaultRule.Fault
    {
        .rewrite { head in
            guard let location = head.fields["location"] else { return }
            switch style {
            case .relative: head.fields["location"] = location.split(separator: "/").last.map { "\($0)" }
            case .absolute: head.fields["location"] = "http://\(host())\(location)"
            case .withState: head.fields["location"] = "\(location)?_state=\(UUID().uuidString)%3D&a=b%2Fc"
            }
        }
    }

    /// A mount is refused, or begun as an upload (202).
    package static func mountRefused(_ status: Int) -> FaultRule.Fault {
        status == 202 ? .ignoreMount : .answer(.error(status, code: "UNSUPPORTED", message: "no mounts"))
    }

    /// A mount that is said to have brought another blob.
    package static func mountOfOther(_ digest: Digest) -> FaultRule.Fault {
        .answer(Intervention.Answer(status: 201, fields: ["Docker-Content-Digest": digest.description], body: ""))
    }

    /// A list of referrers without entries.
    package static let noReferrers = FaultRule.Fault.answer(
        Intervention.Answer(
            status: 200,
            fields: ["Content-Type": MediaType.ociIndex.text],
            body: #"{"schemaVersion":2,"manifests":[]}"#
        )
    )

    /// The page of a web application, status 200.
    package static let webPage = FaultRule.Fault.answer(.html(200, "Welcome"))

    /// A tag that cannot be changed.
    package static func immutableTag(_ status: Int) -> FaultRule.Fault {
        .answer(.error(status, code: "DENIED", message: "tag is immutable and cannot be overwritten"))
    }
}
