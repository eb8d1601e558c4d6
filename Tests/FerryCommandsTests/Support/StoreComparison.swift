import FerryTestSupport
import ImageStorage
import NIOCore
import OCIModel
import SamplePayload
import Testing

/// Compares what two stores hold, byte by byte.
struct StoreComparison: Sendable {
    let source: any TestStore
    let target: any TestStore

    /// Expects an image, with everything below it, to be the same in both.
    func expectSame(
        _ digest: Digest,
        from origin: String,
        to destination: String,
        tag: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let (here, there) = (try RepositoryPath(origin), try RepositoryPath(destination))
        let wanted = try #require(
            try await source.manifest(.digest(digest), in: here),
            "\(origin)@\(digest) is not at the source",
            sourceLocation: sourceLocation
        )
        let found = try await target.manifest(.digest(digest), in: there)
        #expect(found?.bytes == wanted.bytes, "\(destination)@\(digest)", sourceLocation: sourceLocation)
        if let tag {
            let tagged = try await target.readBack(.tag(Tag(tag)), in: there)
            #expect(tagged == digest, "\(destination):\(tag)", sourceLocation: sourceLocation)
        }
        for child in wanted.manifest.children {
            try await expectSame(child.digest, from: origin, to: destination, sourceLocation: sourceLocation)
        }
        for blob in wanted.manifest.blobs {
            let same = try await read(blob, from: target, in: there) == read(blob, from: source, in: here)
            #expect(same, "blob \(blob.digest) of \(destination)@\(digest)", sourceLocation: sourceLocation)
        }
    }

    /// Expects a release to be at the target as `ferry mirror` puts it there: payload and every component.
    ///
    /// `prefix` is the path below which it was mirrored; components named in `skipped` are not looked for.
    func expectRelease(
        _ release: SampleReleaseDescription,
        below prefix: String,
        except skipped: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let tag = try #require(release.payload.tag?.text)
        let payload = try #require(release.payload.digest)
        try await expectSame(
            payload,
            from: release.payload.repository.path.text,
            to: "\(prefix)/openshift/release-images",
            tag: tag,
            sourceLocation: sourceLocation
        )
        for component in release.components where !skipped.contains(component.name) {
            let digest = try #require(component.reference.digest)
            try await expectSame(
                digest,
                from: component.reference.repository.path.text,
                to: "\(prefix)/openshift/release",
                tag: "\(tag)-\(component.name)",
                sourceLocation: sourceLocation
            )
        }
    }

    private func read(
        _ blob: Descriptor,
        from store: any TestStore,
        in repository: RepositoryPath
    ) async throws -> [UInt8] {
        guard try await store.containsBlob(blob, in: repository) else { return [] }
        return try await (store as any ImageSource).withBlob(blob, in: repository, from: 0) { stream in
            var bytes: [UInt8] = []
            while let chunk = try await stream.next() { bytes.append(contentsOf: chunk.readableBytesView) }
            return bytes
        }
    }
}

extension TestRegistry {
    /// The digests of what refers to a digest.
    func referrers(of digest: Digest, in repository: RepositoryPath) async throws -> [Digest] {
        try await (store as any ImageSource).referrers(of: digest, in: repository).map(\.digest)
    }

    /// The tags of a repository, sorted.
    func tags(in repository: RepositoryPath) async throws -> [String] {
        try await (store as any ImageSource).tags(in: repository).map(\.text)
    }
}
