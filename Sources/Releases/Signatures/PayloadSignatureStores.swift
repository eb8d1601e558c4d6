import Foundation
package import ImageStorage
package import OCIModel
import Yams

/// The signature stores that a release payload names.
///
/// A payload carries the ConfigMap that tells clusters how to verify releases: stores, and public keys. The stores are
/// only places to look at, so they may come from anywhere. The keys are ignored: a payload that brings its own keys would
/// vouch for itself.
package struct PayloadSignatureStores: Hashable, Sendable {
    /// The annotation by which the ConfigMap is known, whatever its value.
    static let annotation = "release.openshift.io/verification-config-map"
    /// The largest file that is parsed, in bytes; real ones have less than 10 KiB.
    static let maximumFileBytes = 1 << 20
    /// The most stores that are taken.
    static let maximumStores = 16

    /// The stores, in the file's order, each once; web addresses only.
    package let stores: [SignatureStore]
    /// What was passed over, and why.
    package let notes: [String]

    /// Looks through a payload's files.
    ///
    /// The first ConfigMap with the annotation counts, by path and then by place in the file.
    ///
    /// - Parameter files: the files below `release-manifests` by their paths inside it.
    package init(files: [String: [UInt8]]) {
        var notes: [String] = []
        let names = files.keys.filter { name in [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } }.sorted()
        for name in names {
            guard let bytes = files[name], Self.mentions(bytes) else { continue }
            guard bytes.count <= Self.maximumFileBytes else {
                notes.append("\(name) was not looked at: it has more than \(Self.maximumFileBytes) bytes")
                continue
            }
            guard !YAMLAnchors.mayBe(in: bytes) else {
                notes.append("\(name) was not looked at: it has anchors, which nobody needs there")
                continue
            }
            do {
                guard let data = try Self.data(bytes) else { continue }
                let (stores, refusals) = Self.stores(in: data, name)
                self.stores = stores
                self.notes = notes + refusals
                return
            } catch {
                notes.append("\(name) was not looked at: it is not YAML")
            }
        }
        stores = []
        self.notes = notes
    }

    /// Opens a payload and looks through its files.
    ///
    /// - Parameters:
    ///   - document: the payload's manifest, or its list.
    ///   - reference: the payload in the user's words, for messages.
    ///   - repository: where the store has it.
    ///   - source: the store.
    ///   - reader: reads the payload.
    /// - Returns: the stores that it names; none when it has no such ConfigMap.
    /// - Throws: `ReleasesError`; `CancellationError`.
    package static func read(
        _ document: ManifestDocument,
        of reference: ImageReference,
        in repository: RepositoryPath,
        from source: any ImageSource,
        with reader: ReleasePayloadReader
    ) async throws -> PayloadSignatureStores {
        PayloadSignatureStores(
            files: try await reader.files(
                .allDownTo(["image-references", "release-metadata"]),
                of: document,
                reference,
                in: repository,
                from: source
            )
        )
    }

    /// Whether the annotation stands in a file; parsing a thousand manifests to learn that would take seconds.
    private static func mentions(_ bytes: [UInt8]) -> Bool { Data(bytes).range(of: Data(annotation.utf8)) != nil }

    /// The `data` of the first ConfigMap with the annotation.
    private static func data(_ bytes: [UInt8]) throws -> Node.Mapping? {
        // Nodes are walked, not constructed: aliases are not expanded. libyaml limits the nesting (1000).
        var documents = try Yams.compose_all(yaml: String(decoding: bytes, as: UTF8.self))
        while let document = documents.next() {
            guard let map = document.mapping, map["kind"]?.string == "ConfigMap", map["apiVersion"]?.string == "v1",
                map["metadata"]?.mapping?["annotations"]?.mapping?[Node(annotation)] != nil
            else { continue }
            return map["data"]?.mapping ?? [:]
        }
        // The sequence just ends where it cannot be read further.
        if let error = documents.error { throw error }
        return nil
    }

    private static func stores(in data: Node.Mapping, _ file: String) -> ([SignatureStore], [String]) {
        var stores: [SignatureStore] = []
        var notes: [String] = []
        for (key, value) in data {
            guard let key = key.string, key.hasPrefix("store-") else { continue }
            let name = "\(file): \(key.prefix(80))"
            do throws(ReleasesError) {
                let store = try SignatureStore(value.string ?? "")
                guard !store.isLocal else {
                    notes.append("\(name) names a folder, which a payload may not")
                    continue
                }
                guard stores.count < maximumStores else {
                    notes.append("\(name) was passed over: there are more than \(maximumStores) stores")
                    break
                }
                if !stores.contains(store) { stores.append(store) }
            } catch {
                notes.append("\(name): \(error)")
            }
        }
        return (stores, notes)
    }
}
