package import RegistryServer

/// Spoils requests of a server by rules, and keeps nothing else; for servers that run for long.
package struct FaultHook: RequestHook {
    private let script: FaultScript

    /// Applies some rules.
    package init(_ rules: [FaultRule]) {
        script = FaultScript(rules)
    }

    /// How many requests were spoilt.
    package var appliedCount: Int { script.appliedCount }

    package func intervention(for request: RegistryRequest) async -> Intervention { script.intervention(for: request) }

    package func finished(_ request: RegistryRequest, _ outcome: RequestOutcome) {}
}

extension FaultRule {
    /// Rules by which a share of all requests fails: in equal parts with 500, 502, 503, 504, and with a connection that
    /// ends in the middle, of the body where there is one.
    ///
    /// - Parameters:
    ///   - share: between 0 and 1.
    ///   - seed: the same seed spoils the same requests, as long as they come in the same order.
    /// - Returns: the rules, for the end of a list.
    package static func randomFailures(_ share: Double, seed: UInt64) -> [FaultRule] {
        let middle: Int64 = 2000
        let isBlob = Target.blobs
        let isBody = Target { $0.method == "PUT" || $0.method == "PATCH" }
        let rest = Target { !isBlob.contains($0) && !isBody.contains($0) }
        let failures: [[FaultRule.Kind]] =
            [500, 502, 503, 504].map { [(.status($0), .any)] } + [
                [(.cutAnswer(afterBytes: middle), isBlob), (.cutRequest(afterBytes: middle), isBody), (.close, rest)]
            ]
        let part = min(max(share, 0), 1) / Double(failures.count)
        return failures.enumerated().flatMap { index, kinds in
            // A rule sees only what those before it have let through.
            let own = part / max(part, 1 - Double(index) * part)
            return kinds.map { fault, target in
                FaultRule(fault, on: target, when: .share(own, seed: seed &+ UInt64(index)))
            }
        }
    }

    private typealias Kind = (fault: Fault, target: Target)
}
