/// Decodes and validates the tree of one file; the sections are in extensions.
struct ConfigurationDecoder {
    /// The file.
    let source: ConfigurationSource
    /// The kind that is wanted; nil for either.
    let expected: ConfigurationKind?
    /// Takes the mistakes.
    let diagnostics: DiagnosticCollector

    private static let knownAPIVersions = ["mirror.openshift.io/v2alpha1", "mirror.openshift.io/v1alpha2"]

    /// Decodes a file.
    ///
    /// - Returns: The configuration as far as it could be read; it may only be used when no error was added.
    func decode(_ root: YAMLNode) -> ImageSetConfiguration? {
        let kind = kind(of: root)
        let base = kind == .imageSet ? ObjectSchema.imageSet : .deleteImageSet
        // The other kind's stanza gets a message of its own.
        let schema = ObjectSchema(place: base.place, keys: base.keys + [kind.other.stanza])
        guard let file = ObjectReader(root, schema: schema, path: "", diagnostics: diagnostics) else { return nil }
        checkKind(file, kind: kind)
        let apiVersion = file.string("apiVersion")
        if let apiVersion, !Self.knownAPIVersions.contains(apiVersion.value) {
            diagnostics.add(
                .warning,
                .unknownAPIVersion,
                at: apiVersion.node,
                path: apiVersion.path,
                "the apiVersion \"\(apiVersion.value.prefix(80))\" is not known; the file is read as v2alpha1",
                help: "write `apiVersion: \(Self.knownAPIVersions[0])`"
            )
        }
        if let other = file.entry(kind.other.stanza) {
            diagnostics.add(
                .error,
                .stanzaNotAllowed,
                at: other,
                path: other.key,
                "`\(kind.other.stanza)` is not allowed in \(kind.rawValue)",
                help: "remove it, or put it into a file of kind \(kind.other.rawValue)"
            )
        }
        guard let entry = file.entry(kind.stanza) else {
            diagnostics.add(
                .missingStanza,
                at: root,
                path: "",
                "the configuration has no `\(kind.stanza)`",
                help: "add `\(kind.stanza):` with what to \(kind.stanza) below it"
            )
            return nil
        }
        let stanzaSchema = kind == .imageSet ? ObjectSchema.mirror : .delete
        guard let stanza = ObjectReader(entry.value, schema: stanzaSchema, path: kind.stanza, diagnostics: diagnostics)
        else { return nil }
        return configuration(kind, file: file, stanza: stanza, entry: entry, apiVersion: apiVersion?.value)
    }

    private func configuration(
        _ kind: ConfigurationKind,
        file: ObjectReader,
        stanza: ObjectReader,
        entry: YAMLEntry,
        apiVersion: String?
    ) -> ImageSetConfiguration {
        let configuration = ImageSetConfiguration(
            kind: kind,
            source: source,
            apiVersion: apiVersion,
            archiveSizeGiB: kind == .imageSet ? archiveSize(file) : nil,
            place: ConfigurationPlace(path: kind.stanza, location: entry.location),
            platform: stanza.object("platform", schema: .platform).map { platform($0, kind: kind) },
            operators: operators(stanza, kind: kind),
            operatorsPlace: stanza.place(ofKey: "operators"),
            additionalImages: additionalImages(stanza),
            blockedImages: kind == .imageSet ? blockedImages(stanza) : [],
            helm: stanza.object("helm", schema: .helm).map { helm($0) },
            helmPlace: stanza.place(ofKey: "helm")
        )
        samples(stanza)
        if stanza.place.path == kind.stanza, !diagnostics.hasErrors, configuration.isEmpty {
            diagnostics.add(
                .warning,
                .emptyConfiguration,
                at: entry,
                path: kind.stanza,
                "there is nothing to \(kind.stanza) in this file"
            )
        }
        return configuration
    }

    /// The kind by which to read a file, whatever is wrong with its `kind`.
    private func kind(of root: YAMLNode) -> ConfigurationKind {
        guard case .mapping(let entries) = root.content else { return expected ?? .imageSet }
        let named = entries.first { $0.key.lowercased() == "kind" }
        if let named, case .scalar(let scalar) = named.value.content,
            let kind = ConfigurationKind(rawValue: scalar.text)
        {
            return kind
        }
        if let expected { return expected }
        let stanzas = Set(entries.map { $0.key.lowercased() })
        return stanzas.contains("delete") && !stanzas.contains("mirror") ? .deleteImageSet : .imageSet
    }

    private func checkKind(_ file: ObjectReader, kind: ConfigurationKind) {
        guard let value = file.value("kind") else {
            diagnostics.add(
                .missingKind,
                at: file.node,
                path: "kind",
                "the configuration has no `kind`",
                help: "add `kind: \(kind.rawValue)`"
            )
            return
        }
        guard let name = ObjectReader.string(value.node, path: "kind", diagnostics: diagnostics) else { return }
        guard let found = ConfigurationKind(rawValue: name), found == expected ?? found else {
            let names = (expected.map { [$0] } ?? ConfigurationKind.allCases).map(\.rawValue)
            diagnostics.add(
                .wrongKind,
                at: value.node,
                path: "kind",
                "the kind is \"\(name.prefix(80))\" where \(names.joined(separator: " or ")) is needed",
                help: EditDistance.nearest(to: name, among: names).map { "did you mean `\($0)`?" }
            )
            return
        }
    }

    private func archiveSize(_ file: ObjectReader) -> Int64? {
        guard let size = file.integer("archiveSize"), size.value != 0 else { return nil }
        guard (1...ImageSetConfiguration.maximumArchiveSizeGiB).contains(size.value) else {
            diagnostics.add(
                .numberOutOfRange,
                at: size.node,
                path: size.path,
                size.value < 0
                    ? "archiveSize is negative"
                    : "archiveSize is \(size.value) GiB, more than a file can have",
                help:
                    "write the size of a volume in GiB, or leave it out for \(ImageSetConfiguration.defaultArchiveSizeGiB)"
            )
            return nil
        }
        return size.value
    }

    private func samples(_ stanza: ObjectReader) {
        guard let samples = stanza.objects("samples", schema: .sample), let entry = stanza.entry("samples") else {
            return
        }
        for sample in samples { _ = sample.string("name") }
        guard !samples.isEmpty else { return }
        diagnostics.add(
            .warning,
            .ignoredField,
            at: entry,
            path: stanza.path("samples"),
            "`samples` has no effect",
            help: "remove it"
        )
    }
}

extension ImageSetConfiguration {
    /// Whether the file asks for nothing.
    fileprivate var isEmpty: Bool {
        let wantsPlatform = platform.map {
            !$0.channels.isEmpty || $0.releaseText != nil || $0.graph || $0.kubeVirtContainer
        }
        let wantsHelm = helm.map { !$0.local.isEmpty || !$0.repositories.isEmpty }
        return operators.isEmpty && additionalImages.isEmpty && !(wantsPlatform ?? false) && !(wantsHelm ?? false)
    }
}
