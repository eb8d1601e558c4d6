import DispatchLanes
import Foundation
package import HTTPTransport
import Synchronization

extension ReleasesError.Code {
    /// The update service did not answer, or kept failing.
    package static let updateServiceUnreachable = ReleasesError.Code("updateServiceUnreachable")
    /// The update service answered with a status other than 200.
    package static let updateServiceRefused = ReleasesError.Code("updateServiceRefused")
    /// The answer is no update graph.
    package static let invalidUpdateGraph = ReleasesError.Code("invalidUpdateGraph")
}

/// The update service over HTTP; each graph is asked for once.
///
/// Requests carry an identifier that means nothing and is in no message. The version of a cluster, which the service
/// would take too, is not sent: the answer is the same without.
package final class UpdateService: UpdateGraphProvider {
    /// Where graphs are asked for.
    package struct Addresses: Hashable, Sendable {
        /// For OpenShift Container Platform; a query that it has is kept.
        package var ocp: HTTPURL
        /// For OKD.
        package var okd: HTTPURL

        /// Joins the two; the defaults are the public services.
        package init(
            ocp: HTTPURL = HTTPURL(
                scheme: .https,
                host: "api.openshift.com",
                port: nil,
                pathAndQuery: "/api/upgrades_info/v1/graph"
            ),
            okd: HTTPURL = HTTPURL(
                scheme: .https,
                host: "origin-release.ci.openshift.org",
                port: nil,
                pathAndQuery: "/graph"
            )
        ) {
            self.ocp = ocp
            self.okd = okd
        }

        /// The address for a product.
        package func address(of product: ReleaseProduct) -> HTTPURL { product == .ocp ? ocp : okd }
    }

    /// The largest answer that is read, in bytes.
    package static let maximumAnswerBytes = 64 << 20

    private final class Entry: Sendable {
        /// Whoever holds it asks; the others wait and find the graph.
        let turn = AsyncSemaphore(permits: 1)
        let graph = Mutex<UpdateGraph?>(nil)
    }

    private let transport: HTTPTransport
    private let addresses: Addresses
    private let identifier: String
    private let entries = Mutex<[GraphKey: Entry]>([:])
    private let permits = AsyncSemaphore(permits: 8)

    /// Takes what it needs; nothing is asked yet.
    ///
    /// - Parameters:
    ///   - transport: sends the requests.
    ///   - addresses: where to.
    ///   - identifier: the `id` of all requests, random unless given.
    package init(
        transport: HTTPTransport,
        addresses: Addresses = Addresses(),
        identifier: String = UUID().uuidString.lowercased()
    ) {
        self.transport = transport
        self.addresses = addresses
        self.identifier = identifier
    }

    /// The graph of a channel; asked for once, and again only after a failure.
    ///
    /// - Throws: `ReleasesError.updateServiceUnreachable`, `.updateServiceRefused`, `.invalidUpdateGraph`, each with
    ///   the address, the channel and the architecture; `CancellationError`.
    package func graph(channel: String, architecture: String, product: ReleaseProduct) async throws -> UpdateGraph {
        let key = GraphKey(channel: channel, architecture: architecture, product: product)
        let entry = entries.withLock { entries in
            if let entry = entries[key] { return entry }
            let entry = Entry()
            entries[key] = entry
            return entry
        }
        return try await entry.turn.withPermit {
            if let graph = entry.graph.withLock({ $0 }) { return graph }
            let graph = try await permits.withPermit { try await ask(key) }
            entry.graph.withLock { $0 = graph }
            return graph
        }
    }

    private func ask(_ key: GraphKey) async throws -> UpdateGraph {
        let address = addresses.address(of: key.product)
        let url = address.adding(query: "id", identifier).adding(query: "arch", key.architecture)
            .adding(query: "channel", key.channel)
        let request = HTTPRequest(.get, url, fields: ["Accept": "application/json"])
        let answer: HTTPAnswer
        do {
            answer = try await transport.collect(request, upTo: Self.maximumAnswerBytes)
        } catch let fault as HTTPTransportError {
            throw Self.error(fault, key, address)
        }
        guard answer.status == 200 else { throw refusal(answer, key, address) }
        do {
            return try UpdateGraph(
                decoding: answer.bytes,
                channel: key.channel,
                architecture: key.architecture,
                product: key.product
            )
        } catch {
            throw ReleasesError(
                .invalidUpdateGraph,
                subject: Self.subject(key, address),
                reason: "the answer (status 200) is no update graph: \(error.reason); look whether the address is that "
                    + "of an update service's graph (\(Self.variable(key.product)))"
            )
        }
    }

    private static func error(_ fault: HTTPTransportError, _ key: GraphKey, _ address: HTTPURL) -> ReleasesError {
        if fault.code == .bodyTooLarge {
            return ReleasesError(
                .invalidUpdateGraph,
                subject: subject(key, address),
                reason:
                    "the answer (status 200) is larger than \(maximumAnswerBytes >> 20) MiB, which no update graph is "
                    + "(\(variable(key.product)))",
                underlying: fault
            )
        }
        return ReleasesError(
            .updateServiceUnreachable,
            subject: subject(key, address),
            reason: "\(fault); \(remedy(fault, key.product))",
            underlying: fault
        )
    }

    private static func remedy(_ fault: HTTPTransportError, _ product: ReleaseProduct) -> String {
        switch fault.code {
        case .plainHTTPRefused: "write https:// into \(variable(product)), or allow it with --src-tls-verify=false"
        // These say themselves what can be done.
        case .certificateNotTrusted, .invalidProxy, .proxyRefused, .proxyUnreachable, .tunnelRefused:
            "the address is that of \(variable(product))"
        default: "look at the network, or name another update service with \(variable(product))"
        }
    }

    private func refusal(_ answer: HTTPAnswer, _ key: GraphKey, _ address: HTTPURL) -> ReleasesError {
        // The service explains itself in a short JSON document; a page would only be noise.
        let text = String(decoding: answer.bytes.prefix(300), as: UTF8.self)
            .split(whereSeparator: \.isNewline).joined(separator: " ").replacingOccurrences(of: identifier, with: "…")
        let explanation = text.isEmpty || text.hasPrefix("<") ? "" : " (\(text))"
        return ReleasesError(
            .updateServiceRefused,
            subject: Self.subject(key, address),
            reason: "it answered with status \(answer.status)\(explanation); look whether the address is that of an "
                + "update service's graph (\(Self.variable(key.product)))"
        )
    }

    private static func subject(_ key: GraphKey, _ address: HTTPURL) -> String {
        "update service \(address), channel \(key.channel), architecture \(key.architecture)"
    }

    /// The variable of the environment that names another service.
    private static func variable(_ product: ReleaseProduct) -> String {
        product == .ocp ? "UPDATE_URL_OVERRIDE" : "OKD_UPDATE_URL_OVERRIDE"
    }
}
