import ClusterAccess
import ClusterResources
import Foundation
import HTTPTransport
import Logging

/// Applies the signatures of releases to the cluster that is to install them.
struct ApplySignaturesStep: Sendable {
    /// Runs a body with a transport of some settings.
    typealias WithTransport =
        @Sendable (HTTPTransportConfiguration, @Sendable (HTTPTransport) async throws -> Void) async throws -> Void

    private let cluster: ClusterConnection
    private let transport: HTTPTransportConfiguration
    private let withTransport: WithTransport
    private let logger: Logger

    /// Finds out before the transfer what would stand in the way after it: a kubeconfig that cannot be used, a cluster
    /// that is not there, credentials that are not accepted, rights that are missing.
    ///
    /// - Parameters:
    ///   - options: the cluster.
    ///   - connection: time limits and retries.
    ///   - isDryRun: whether the cluster is left alone.
    ///   - environment: the variables of the process.
    ///   - logger: gets what is done.
    ///   - withTransport: how the run lends transports.
    /// - Returns: the step; nil when nothing is to be applied.
    /// - Throws: `ClusterAccessError`; `HTTPTransportError` for certificates that cannot be used; `CancellationError`.
    static func prepare(
        _ options: ClusterOptions,
        _ connection: ConnectionOptions,
        isDryRun: Bool,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        logger: Logger,
        withTransport: @escaping WithTransport
    ) async throws -> ApplySignaturesStep? {
        guard options.applyReleaseImageSignature else { return nil }
        let (kubeconfig, context) = (options.kubeconfig, options.context)
        let cluster = try await LocalFiles.run {
            try ClusterConnection.load(kubeconfig: kubeconfig, context: context, environment: environment)
        }
        let step = ApplySignaturesStep(
            cluster: cluster,
            transport: cluster.transport(from: connection.transport(verifiesTLS: true, switchedOffBy: nil)),
            withTransport: withTransport,
            logger: logger
        )
        // Any name does: what is asked about is the kind and the namespace.
        let example = try ResourceObject(
            apiVersion: "v1",
            kind: "ConfigMap",
            namespace: SignatureConfigMaps.namespace,
            name: "sha256",
            json: []
        )
        try await step.withClient { client in
            if !isDryRun { try await client.checkAccess(toApply: example) }
        }
        logger.info("release signatures go to \(cluster) (context \"\(cluster.context)\")")
        return step
    }

    /// Applies objects one by one; those that are there as they should be stay as they are, so this may be repeated.
    ///
    /// - Parameter files: one object in each, in JSON; those of ``SignatureFiles/perDigest``. A collection would not do:
    ///   applying the next one takes away what an earlier one had and the next one has not.
    /// - Throws: `ClusterAccessError` of the first object that cannot be applied; `CancellationError`.
    func apply(_ files: [ResourceFile]) async throws {
        let objects = try objects(files)
        guard !objects.isEmpty else { return }
        try await withClient { client in
            for object in objects {
                let outcome = try await client.apply(object)
                logger.notice("\(object): \(outcome.rawValue) at \(cluster)")
            }
        }
    }

    /// Says what ``apply(_:)`` would apply, and asks nobody.
    ///
    /// - Throws: `ClusterAccessError` for what cannot be applied.
    func describe(_ files: [ResourceFile]) throws {
        for object in try objects(files) { logger.notice("\(object): would be applied at \(cluster)") }
    }

    private func objects(_ files: [ResourceFile]) throws -> [ResourceObject] {
        if files.isEmpty { logger.notice("there are no release signatures to apply") }
        return try files.map { try ResourceObject(parsing: $0.bytes, name: $0.name) }
    }

    private func withClient(_ body: @Sendable (ClusterClient) async throws -> Void) async throws {
        try await withTransport(transport) { try await body(ClusterClient(cluster, transport: $0)) }
    }
}
