import OCIModel

extension ConfigurationDecoder {
    /// The list `additionalImages`.
    func additionalImages(_ stanza: ObjectReader) -> [AdditionalImage] {
        var seen: [[String?]: ConfigurationPlace] = [:]
        var images: [AdditionalImage] = []
        for reader in stanza.objects("additionalImages", schema: .additionalImage) ?? [] {
            let targetRepo = repositoryPath(reader, "targetRepo")
            let targetTag = tag(reader, "targetTag")
            let platforms = self.platforms(reader)
            guard let name = reader.requiredString("name"), let source = imageOrigin(name) else { continue }
            let identity = [name.value, targetRepo?.text, targetTag?.text]
            if let first = seen[identity] {
                diagnostics.add(
                    .warning,
                    .duplicateEntry,
                    at: reader.node,
                    path: reader.place.path,
                    "the image \"\(name.value.prefix(200))\" is listed twice, first in line \(first.location.line)"
                )
            } else {
                seen[identity] = reader.place
            }
            images.append(
                AdditionalImage(
                    name: name.value,
                    source: source,
                    targetRepo: targetRepo,
                    targetTag: targetTag,
                    platforms: platforms,
                    place: reader.place
                )
            )
        }
        return images
    }

    /// The list `blockedImages`.
    func blockedImages(_ stanza: ObjectReader) -> [BlockedImage] {
        (stanza.objects("blockedImages", schema: .blockedImage) ?? []).compactMap { blockedImage($0) }
    }

    private func blockedImage(_ reader: ObjectReader) -> BlockedImage? {
        let name = reader.string("name")
        if reader.lacks("name") {
            diagnostics.add(
                .warning,
                .emptyName,
                at: reader.node,
                path: reader.path("name"),
                "\(reader.place.path) has an empty pattern, which blocks every image",
                help: "remove the entry, or give it a regular expression as its name"
            )
        }
        let text = name?.value ?? ""
        do {
            return BlockedImage(pattern: try BlockPattern(text), place: reader.place)
        } catch {
            diagnostics.add(
                .invalidPattern,
                at: name?.node ?? reader.node,
                path: reader.path("name"),
                "\"\(text.prefix(200))\" is not a regular expression: \(error.message)",
                help: "the syntax is that of RE2; put a backslash in front of characters that stand for themselves"
            )
            return nil
        }
    }

    /// The list `platforms` of any object.
    func platforms(_ reader: ObjectReader) -> [Platform] {
        var platforms: [Platform] = []
        for entry in reader.objects("platforms", schema: .platformFilter) ?? [] {
            let (os, architecture) = (entry.string("os"), entry.string("architecture"))
            if entry.lacks("os") {
                diagnostics.add(
                    .invalidPlatform,
                    at: entry.node,
                    path: entry.place.path,
                    "\(entry.place.path) has no `os`",
                    help: "add `os: linux`"
                )
            }
            if entry.lacks("architecture") {
                diagnostics.add(
                    .invalidPlatform,
                    at: entry.node,
                    path: entry.place.path,
                    "\(entry.place.path) has no `architecture`",
                    help: "add `architecture: amd64` or another one"
                )
            }
            guard let os, let architecture else { continue }
            do {
                platforms.append(try Platform(os: os.value, architecture: architecture.value))
            } catch {
                diagnostics.add(.invalidPlatform, at: entry.node, path: entry.place.path, error.description)
            }
        }
        return platforms
    }

    /// Where an image is, by a reference with an optional transport; nil with a mistake added.
    func imageOrigin(_ field: Field<String>) -> ImageOrigin? {
        let text = field.value
        func refuse(_ message: String, help: String? = nil) -> ImageOrigin? {
            diagnostics.add(.invalidReference, at: field.node, path: field.path, message, help: help)
            return nil
        }
        do {
            guard !text.hasPrefix("oci://") else { return try ociLayout(text.dropFirst("oci://".count), field) }
            let reference = try ImageReference(text)
            guard reference.manifestReference != nil else {
                return refuse(
                    "\"\(text.prefix(200))\" has neither a tag nor a digest",
                    help: "add a tag such as `:latest`, or a digest; no tag is assumed"
                )
            }
            return .registry(reference)
        } catch {
            return refuse(
                error.subject == text
                    ? error.description : "\"\(text.prefix(200))\" is no image reference: \(error.description)",
                help: text.contains("://") && !text.hasPrefix("docker://")
                    ? "the transports are docker:// (which may be left out) and oci://" : nil
            )
        }
    }

    private func ociLayout(_ path: Substring, _ field: Field<String>) throws(OCIModelError) -> ImageOrigin? {
        let parts = path.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let folder = parts.first, !folder.isEmpty, !folder.contains("://") else {
            diagnostics.add(
                .invalidReference,
                at: field.node,
                path: field.path,
                "\"\(field.value.prefix(200))\" names no folder",
                help: "write oci:// and the path of an OCI layout folder"
            )
            return nil
        }
        return .ociLayout(path: String(folder), digest: parts.count > 1 ? try Digest(parts[1]) : nil)
    }

    /// A field with a repository path at the destination.
    func repositoryPath(_ reader: ObjectReader, _ key: String) -> RepositoryPath? {
        guard let field = reader.string(key) else { return nil }
        do {
            return try RepositoryPath(field.value)
        } catch {
            diagnostics.add(
                .invalidPath,
                at: field.node,
                path: field.path,
                "\(key) \(error.description)",
                help: "write a repository path such as `team/image`, without registry, tag and digest"
            )
            return nil
        }
    }

    /// A field with a tag at the destination.
    func tag(_ reader: ObjectReader, _ key: String) -> Tag? {
        guard let field = reader.string(key) else { return nil }
        do {
            return try Tag(field.value)
        } catch {
            diagnostics.add(.invalidTag, at: field.node, path: field.path, "\(key) \(error.description)")
            return nil
        }
    }
}
