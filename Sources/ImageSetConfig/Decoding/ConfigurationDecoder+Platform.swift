import OCIModel
import SemanticVersion

extension ConfigurationDecoder {
    private static let knownArchitectures = ["amd64", "arm64", "ppc64le", "s390x", "multi"]
    private static let architectureSynonyms = [
        "x86_64": "amd64", "aarch64": "arm64", "x86-64": "amd64", "x64": "amd64", "ppc64el": "ppc64le",
    ]

    /// The section `platform`.
    func platform(_ reader: ObjectReader, kind: ConfigurationKind) -> PlatformSection {
        let releaseText = reader.string("release")
        let release = releaseText.flatMap { self.release($0) }
        let architectures = self.architectures(reader)
        let platforms = self.platforms(reader)
        if !architectures.isEmpty, reader.itemCount("platforms") > 0, let entry = reader.entry("architectures") {
            // A delete file is not checked for this by oc-mirror, and `platforms` goes first.
            diagnostics.add(
                kind == .imageSet ? .error : .warning,
                .conflictingFields,
                at: entry,
                path: reader.path("architectures"),
                "`platforms` and `architectures` cannot be used together",
                help:
                    "keep `platforms` for parts of multi-architecture images, or `architectures` for whole releases"
            )
        }
        return PlatformSection(
            graph: reader.bool("graph"),
            channels: releaseChannels(reader, areIgnored: releaseText != nil),
            architectures: architectures,
            platforms: platforms,
            release: release,
            releaseText: releaseText?.value,
            kubeVirtContainer: reader.bool("kubeVirtContainer"),
            place: reader.place,
            channelsPlace: reader.place(ofKey: "channels"),
            graphPlace: reader.place(ofKey: "graph"),
            releasePlace: releaseText.map { reader.place(of: $0) }
        )
    }

    private func release(_ field: Field<String>) -> ImageReference? {
        guard case .registry(let reference)? = imageOrigin(field) else {
            if field.value.hasPrefix("oci://") {
                diagnostics.add(
                    .invalidReference,
                    at: field.node,
                    path: field.path,
                    "\(field.path) must name an image in a registry, not an OCI layout"
                )
            }
            return nil
        }
        return reference
    }

    private func architectures(_ reader: ObjectReader) -> [String] {
        guard let items = reader.list("architectures"), !items.isEmpty, let entry = reader.entry("architectures") else {
            return []
        }
        diagnostics.add(
            .warning,
            .deprecatedField,
            at: entry,
            path: reader.path("architectures"),
            "`architectures` is deprecated",
            help: "`platforms` takes parts of multi-architecture releases"
        )
        var seen: Set<String> = []
        return items.compactMap { item in
            guard !item.node.isNull,
                let name = ObjectReader.string(item.node, path: item.path, diagnostics: diagnostics),
                !name.isEmpty
            else {
                if (item.node.isNull || item.node.isText) && !item.node.isFaulty {
                    diagnostics.add(.emptyName, at: item.node, path: item.path, "\(item.path) is empty")
                }
                return nil
            }
            if !Self.knownArchitectures.contains(name) {
                let meant =
                    Self.architectureSynonyms[name.lowercased()]
                    ?? EditDistance.nearest(to: name, among: Self.knownArchitectures)
                diagnostics.add(
                    .warning,
                    .unknownValue,
                    at: item.node,
                    path: item.path,
                    "releases are made for \(Self.knownArchitectures.joined(separator: ", ")), not \"\(name.prefix(80))\"",
                    help: meant.map { "did you mean `\($0)`?" }
                )
            }
            if !seen.insert(name).inserted {
                diagnostics.add(
                    .warning,
                    .duplicateEntry,
                    at: item.node,
                    path: item.path,
                    "the architecture \"\(name.prefix(80))\" is listed twice"
                )
            }
            return name
        }
    }

    private func releaseChannels(_ reader: ObjectReader, areIgnored: Bool) -> [ReleaseChannel] {
        let readers = reader.objects("channels", schema: .releaseChannel) ?? []
        if areIgnored, !readers.isEmpty, let entry = reader.entry("channels") {
            diagnostics.add(
                .warning,
                .ignoredField,
                at: entry,
                path: reader.path("channels"),
                "`channels` has no effect because `release` names one release",
                help: "remove one of the two"
            )
        }
        var seen: [String: ConfigurationPlace] = [:]
        // A loop, as each channel is checked against those before it.
        var channels: [ReleaseChannel] = []
        for reader in readers {
            guard let channel = releaseChannel(reader, isIgnored: areIgnored) else { continue }
            if let first = seen.updateValue(channel.place, forKey: channel.name) {
                diagnostics.add(
                    .duplicateEntry,
                    at: reader.node,
                    path: reader.place.path,
                    "the release channel \"\(channel.name)\" is listed twice, first in line \(first.location.line)"
                )
            }
            channels.append(channel)
        }
        return channels
    }

    private func releaseChannel(_ reader: ObjectReader, isIgnored: Bool) -> ReleaseChannel? {
        let severity: Diagnostic.Severity = isIgnored ? .warning : .error
        let minimum = reader.string("minVersion").flatMap { releaseVersion($0, severity: severity) }
        let maximum = reader.string("maxVersion").flatMap { releaseVersion($0, severity: severity) }
        if let minimum, let maximum, minimum.value > maximum.value {
            diagnostics.add(
                severity,
                .emptyVersionRange,
                at: minimum.node,
                path: minimum.path,
                "no release lies between minVersion \(minimum.value) and maxVersion \(maximum.value)",
                help: "swap the two"
            )
        }
        let (shortestPath, full) = (reader.bool("shortestPath"), reader.bool("full"))
        let product = self.product(reader)
        guard let name = reader.requiredString("name", consequence: "the update service needs one") else { return nil }
        if full, minimum != nil, maximum != nil, let entry = reader.entry("full") {
            diagnostics.add(
                .warning,
                .ignoredField,
                at: entry,
                path: reader.path("full"),
                "`full` has no effect beside minVersion and maxVersion"
            )
        }
        return ReleaseChannel(
            name: name.value,
            product: product,
            minimum: minimum?.value,
            maximum: maximum?.value,
            shortestPath: shortestPath,
            full: full,
            place: reader.place
        )
    }

    private func product(_ reader: ObjectReader) -> ReleaseChannel.Product {
        guard let field = reader.string("type") else { return .ocp }
        if let product = ReleaseChannel.Product(rawValue: field.value) { return product }
        diagnostics.add(
            .warning,
            .unknownValue,
            at: field.node,
            path: field.path,
            "the type \"\(field.value.prefix(80))\" is taken for `ocp`",
            help: "the types are `ocp` and `okd`"
        )
        return .ocp
    }

    private func releaseVersion(_ field: Field<String>, severity: Diagnostic.Severity) -> Field<SemanticVersion>? {
        do {
            return Field(value: try SemanticVersion(field.value), node: field.node, path: field.path)
        } catch {
            let parts = field.value.drop { $0 == "v" }
            diagnostics.add(
                severity,
                .invalidVersion,
                at: field.node,
                path: field.path,
                error.description,
                help: "write all three numbers of a release, such as "
                    + (parts.split(separator: ".").count == 2 && error.code == .malformed
                        ? "\(parts.prefix(20)).0" : "4.18.1")
            )
            return nil
        }
    }
}
