import OCIModel
import SemanticVersion

extension ConfigurationDecoder {
    /// The list `operators`.
    func operators(_ stanza: ObjectReader, kind: ConfigurationKind) -> [OperatorCatalog] {
        var seen: [String: ConfigurationPlace] = [:]
        var catalogs: [OperatorCatalog] = []
        for reader in stanza.objects("operators", schema: .catalog) ?? [] {
            guard let catalog = catalog(reader, kind: kind) else { continue }
            if let first = seen.updateValue(catalog.place, forKey: catalog.uniqueName) {
                diagnostics.add(
                    .duplicateEntry,
                    at: reader.node,
                    path: reader.place.path,
                    "the catalog \"\(catalog.uniqueName.prefix(200))\" is listed twice, first in line \(first.location.line)",
                    help: "put the packages into one entry, or give the entries different `targetTag`s"
                )
            }
            catalogs.append(catalog)
        }
        return catalogs
    }

    private func catalog(_ reader: ObjectReader, kind: ConfigurationKind) -> OperatorCatalog? {
        let full = reader.bool("full")
        let packages = self.packages(reader, isFull: full, kind: kind)
        let targetCatalog = repositoryPath(reader, "targetCatalog")
        let targetTag = tag(reader, "targetTag")
        let template = reader.string("targetCatalogSourceTemplate")
        let platforms = self.platforms(reader)
        if reader.bool("skipDependencies"), let entry = reader.entry("skipDependencies") {
            diagnostics.add(
                .warning,
                .ignoredField,
                at: entry,
                path: reader.path("skipDependencies"),
                "`skipDependencies` has no effect: dependencies are never followed",
                help: "remove it"
            )
        }
        guard let name = reader.requiredString("catalog"), let source = imageOrigin(name) else { return nil }
        return OperatorCatalog(
            catalog: name.value,
            source: source,
            uniqueName: Self.uniqueName(source, targetCatalog: targetCatalog, targetTag: targetTag),
            full: full,
            packages: packages,
            targetCatalog: targetCatalog,
            targetTag: targetTag,
            targetCatalogSourceTemplate: template?.value,
            platforms: platforms,
            place: reader.place
        )
    }

    private static func uniqueName(_ source: ImageOrigin, targetCatalog: RepositoryPath?, targetTag: Tag?) -> String {
        switch source {
        case .registry(let reference):
            let path = targetCatalog ?? reference.repository.path
            let suffix =
                targetTag.map { ":\($0)" }
                ?? (reference.tag.map { ":\($0)" } ?? "") + (reference.digest.map { "@\($0)" } ?? "")
            return "\(reference.repository.registry)/\(path.text)\(suffix)"
        case .ociLayout(let path, let digest):
            return "oci://\(targetCatalog?.text ?? path)"
                + (targetTag.map { ":\($0)" } ?? digest.map { "@\($0)" } ?? "")
        }
    }

    private func packages(_ catalog: ObjectReader, isFull: Bool, kind: ConfigurationKind) -> [CatalogPackage] {
        var seen: [String: ConfigurationPlace] = [:]
        var packages: [CatalogPackage] = []
        for reader in catalog.objects("packages", schema: .package) ?? [] {
            guard let package = package(reader, isFull: isFull, kind: kind) else { continue }
            if let first = seen.updateValue(package.place, forKey: package.name) {
                diagnostics.add(
                    // oc-mirror does not check this in delete files.
                    kind == .imageSet ? .error : .warning,
                    .duplicateEntry,
                    at: reader.node,
                    path: reader.place.path,
                    "the package \"\(package.name.prefix(200))\" is listed twice in its catalog, first in line \(first.location.line)"
                )
            }
            packages.append(package)
        }
        return packages
    }

    private func package(_ reader: ObjectReader, isFull: Bool, kind: ConfigurationKind) -> CatalogPackage? {
        let versions = self.versions(reader, isFull: isFull)
        let defaultChannel = reader.string("defaultChannel")
        let channels = packageChannels(reader, isFull: isFull, kind: kind)
        if !versions.isUnbounded {
            for channel in channels where !channel.versions.isUnbounded {
                diagnostics.add(
                    Diagnostic(
                        kind == .imageSet ? .error : .warning,
                        .mixedRanges,
                        at: channel.place.location,
                        path: channel.place.path,
                        message: "minVersion and maxVersion of the package and of its channel "
                            + "\"\(channel.name.prefix(80))\" cannot be mixed",
                        help: "keep the range of the package or those of its channels"
                    )
                )
            }
        }
        if let defaultChannel, !channels.isEmpty, reader.itemCount("channels") == channels.count,
            !channels.contains(where: { $0.name == defaultChannel.value })
        {
            diagnostics.add(
                .defaultChannelNotSelected,
                at: defaultChannel.node,
                path: defaultChannel.path,
                "the default channel \"\(defaultChannel.value.prefix(80))\" is not among the package's listed channels",
                help:
                    "add it to `channels`, or choose \(channels.map { "`\($0.name)`" }.prefix(5).joined(separator: ", "))"
            )
        }
        guard let name = reader.requiredString("name") else { return nil }
        return CatalogPackage(
            name: name.value,
            defaultChannel: defaultChannel?.value,
            versions: versions,
            channels: channels,
            place: reader.place
        )
    }

    private func packageChannels(_ package: ObjectReader, isFull: Bool, kind: ConfigurationKind) -> [CatalogChannel] {
        var seen: [String: ConfigurationPlace] = [:]
        var channels: [CatalogChannel] = []
        for reader in package.objects("channels", schema: .packageChannel) ?? [] {
            let versions = self.versions(reader, isFull: isFull)
            guard let name = reader.requiredString("name") else { continue }
            if let first = seen.updateValue(reader.place, forKey: name.value) {
                diagnostics.add(
                    kind == .imageSet ? .error : .warning,
                    .duplicateEntry,
                    at: reader.node,
                    path: reader.place.path,
                    "the channel \"\(name.value.prefix(200))\" is listed twice in its package, first in line \(first.location.line)"
                )
            }
            channels.append(CatalogChannel(name: name.value, versions: versions, place: reader.place))
        }
        return channels
    }

    private func versions(_ reader: ObjectReader, isFull: Bool) -> VersionRange {
        let minimum = reader.string("minVersion")
        let range = VersionRange(
            minimum: minimum.flatMap { partialVersion($0) },
            maximum: reader.string("maxVersion").flatMap { partialVersion($0) }
        )
        if range.isEmpty, let minimum {
            diagnostics.add(
                .emptyVersionRange,
                at: minimum.node,
                path: minimum.path,
                "no version is in the range \(range)",
                help: "swap minVersion and maxVersion"
            )
        }
        if isFull, !range.isUnbounded {
            diagnostics.add(
                .conflictingFields,
                at: reader.node,
                path: reader.place.path,
                "\(reader.place.path) has a version range, and its catalog has `full: true`",
                help: "remove `full`, or the range"
            )
        }
        return range
    }

    private func partialVersion(_ field: Field<String>) -> PartialVersion? {
        do {
            return try PartialVersion(field.value)
        } catch {
            diagnostics.add(
                .invalidVersion,
                at: field.node,
                path: field.path,
                error.description,
                help: "write a version such as 1.2.3 or 1.2"
            )
            return nil
        }
    }
}
