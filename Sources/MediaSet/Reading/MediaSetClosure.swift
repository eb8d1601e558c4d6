package import OCIModel

/// Whether a set has every manifest and blob of its images.
package struct MediaSetClosure: Hashable, Sendable, Codable {
    /// Something that an image needs.
    package struct Need: Hashable, Sendable, Codable {
        /// What is needed.
        package var digest: Digest
        /// Its type.
        package var mediaType: MediaType
        /// Its size in bytes.
        package var size: Int64
        /// The images that need it, as they were asked for.
        package var images: [String]
        /// The repositories that it must be in.
        package var destinations: [RepositoryPath]
    }

    /// What lacks, sorted by digest: it is neither in the set nor said to be in an earlier one.
    package var missing: [Need]
    /// What an earlier set carried, sorted by digest: it must be at the target already.
    package var required: [Need]

    /// Whether nothing lacks.
    package var isComplete: Bool { missing.isEmpty }
}

extension MediaSetReader {
    /// Walks every image of the set; reads each manifest once and no blobs.
    ///
    /// - Throws: `MediaSetError.digestMismatch` that names the volume of a damaged manifest; `.volumeMissing`;
    ///   `OCIModelError`.
    package func closure() async throws -> MediaSetClosure {
        closure(try await manifestGraph())
    }

    /// What lacks, as far as the manifests in the graph tell.
    func closure(_ graph: ManifestGraph) -> MediaSetClosure {
        var needs: [Digest: MediaSetClosure.Need] = [:]
        for image in manifest.images {
            graph.walk(image) { part in
                guard blob(part.digest) == nil else { return }
                var need =
                    needs[part.digest]
                    ?? MediaSetClosure.Need(
                        digest: part.digest,
                        mediaType: part.mediaType,
                        size: part.size,
                        images: [],
                        destinations: []
                    )
                if need.images.last != image.origin { need.images.append(image.origin) }
                if !need.destinations.contains(image.destination) { need.destinations.append(image.destination) }
                needs[part.digest] = need
            }
        }
        let sorted = needs.values.sorted { $0.digest < $1.digest }
        return MediaSetClosure(
            missing: sorted.filter { manifest.requires[$0.digest] == nil },
            required: sorted.filter { manifest.requires[$0.digest] != nil }
        )
    }
}
