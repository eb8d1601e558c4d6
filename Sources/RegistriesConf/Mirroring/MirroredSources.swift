package import ImageStorage
package import OCIModel

/// Registries that are read where `registries.conf` says, under the names that images have.
package struct MirroredSources: ImageSourceProvider {
    private let conf: RegistriesConf
    private let upstream: any ImageSourceProvider
    private let knowledge = MirrorKnowledge()
    private let notice: @Sendable (MirrorNotice) -> Void

    /// Stands before the registries themselves.
    ///
    /// - Parameters:
    ///   - conf: the rules.
    ///   - upstream: gives the registries that are really asked.
    ///   - notice: is told of places that fail.
    package init(
        _ conf: RegistriesConf,
        upstream: any ImageSourceProvider,
        notice: @escaping @Sendable (MirrorNotice) -> Void = { _ in }
    ) {
        self.conf = conf
        self.upstream = upstream
        self.notice = notice
    }

    package func source(for registry: RegistryName) throws -> any ImageSource {
        guard conf.concerns(registry) else { return try upstream.source(for: registry) }
        return MirroredSource(
            registry: registry,
            conf: conf,
            upstream: upstream,
            knowledge: knowledge,
            notice: notice
        )
    }
}
