import Foundation
import OCIModel

/// Makes the ConfigMaps in which a cluster finds the signatures of releases, when it cannot reach their store.
///
/// The cluster reads every ConfigMap of the namespace that has the label, and of them each member of `binaryData` whose
/// key begins with the digest that it looks for; names and numbers mean nothing to it:
/// https://github.com/openshift/library-go/blob/master/pkg/verify/store/configmap/configmap.go
package enum SignatureConfigMaps {
    /// The file of all signatures, as YAML.
    package static let yamlFileName = "signature-configmap.yaml"
    /// The file of all signatures, as JSON.
    package static let jsonFileName = "signature-configmap.json"
    /// The namespace of all these ConfigMaps.
    package static let namespace = "openshift-config-managed"
    /// The name of the ConfigMap with all signatures; if one is not enough, the next ones end in `-2`, `-3`, ….
    package static let collectionName = "mirrored-release-signatures"

    private static let labels = ["release.openshift.io/verification-signatures": ""]

    /// The files for the signatures of releases.
    ///
    /// A pure function: the same signatures in any order give the same bytes. What comes twice is taken once, empty
    /// signatures are left out, and without any signature there are no files.
    ///
    /// - Parameters:
    ///   - entries: the releases that were mirrored, with their signatures.
    ///   - author: who makes them, for the annotations of the collection.
    ///   - documentLimit: how many bytes the keys and base64 texts of a ConfigMap of the collection may have.
    ///     `oc apply` keeps a copy of what it applies in an annotation, and all annotations together may have 256 KiB;
    ///     that is less than the 1 MiB that a ConfigMap may hold.
    /// - Returns: the files.
    /// - Throws: `ClusterResourcesError.signatureTooLarge` when one digest's signatures do not fit; `.emission`.
    package static func make(
        for entries: [ReleaseSignatureEntry],
        author: ResourceAuthor,
        documentLimit: Int = 240 << 10
    ) throws(ClusterResourcesError) -> SignatureFiles {
        let signed = SignedDigest.all(in: entries)
        guard !signed.isEmpty else { return SignatureFiles(collection: [], perDigest: []) }
        let objects = try documents(signed, limit: documentLimit).enumerated().map { index, members in
            KubernetesObject(
                apiVersion: "v1",
                kind: "ConfigMap",
                name: index == 0 ? collectionName : "\(collectionName)-\(index + 1)",
                namespace: namespace,
                labels: labels,
                author: author,
                members: ["binaryData": .strings(members)]
            )
        }
        return SignatureFiles(
            collection: [
                try ResourceFile(name: yamlFileName, yaml: objects),
                try ResourceFile(name: jsonFileName, json: whole(objects)),
            ],
            perDigest: files(signed)
        )
    }

    /// The members of each ConfigMap of the collection; a digest's signatures stay together.
    private static func documents(
        _ signed: [SignedDigest],
        limit: Int
    ) throws(ClusterResourcesError) -> [[String: String]] {
        var documents: [[String: String]] = []
        var size = 0
        for digest in signed {
            guard digest.size <= limit else {
                throw ClusterResourcesError(
                    .signatureTooLarge,
                    subject: digest.digest,
                    message:
                        "the signatures of \(digest.digest) have \(digest.size) bytes as base64, and a ConfigMap is "
                        + "made with \(limit) bytes at most; remove those that are not signatures from where they come"
                )
            }
            if documents.isEmpty || digest.size > limit - size {
                documents.append([:])
                size = 0
            }
            size += digest.size
            documents[documents.count - 1].merge(digest.members) { first, _ in first }
        }
        return documents
    }

    /// One object as it is, several as the list that `oc apply -f` takes.
    private static func whole(_ objects: [KubernetesObject]) -> ResourceValue {
        if objects.count == 1, let object = objects.first { return object.value }
        return .map(["apiVersion": .string("v1"), "kind": .string("List"), "items": .list(objects.map(\.value))])
    }

    /// One file per digest, named and written as `oc adm release mirror` does.
    private static func files(_ signed: [SignedDigest]) -> [ResourceFile] {
        var names: Set<String> = []
        return signed.sorted { $0.digest < $1.digest }.map { signed in
            let algorithm = signed.digest.algorithm.rawValue
            var name = "\(SignatureFiles.perDigestPrefix)\(algorithm)-\(signed.digest.hex.prefix(16)).json"
            if !names.insert(name).inserted {
                name = "\(SignatureFiles.perDigestPrefix)\(algorithm)-\(signed.digest.hex).json"
            }
            return ResourceFile(name: name, bytes: Array(signed.configMap.utf8))
        }
    }
}

/// What is known of the signatures of one digest.
private struct SignedDigest {
    let digest: Digest
    /// Base64 texts by key, numbered from 1.
    let members: [String: String]

    /// Every signed digest once: by release, then by digest.
    static func all(in entries: [ReleaseSignatureEntry]) -> [SignedDigest] {
        var releases: [Digest: Digest] = [:]
        var signatures: [Digest: Set<[UInt8]>] = [:]
        for entry in entries {
            for signature in entry.signatures where !signature.bytes.isEmpty {
                signatures[signature.digest, default: []].insert(signature.bytes)
                releases[signature.digest] = min(releases[signature.digest] ?? entry.release, entry.release)
            }
        }
        return signatures.map { digest, signatures in (release: releases[digest] ?? digest, digest, signatures) }
            .sorted { ($0.release, $0.1) < ($1.release, $1.1) }
            .map { SignedDigest(digest: $0.1, signatures: $0.2) }
    }

    private init(digest: Digest, signatures: Set<[UInt8]>) {
        self.digest = digest
        let ordered = signatures.sorted { $0.lexicographicallyPrecedes($1) }
        members = Dictionary(
            uniqueKeysWithValues: ordered.enumerated().map { index, bytes in
                ("\(Self.name(of: digest))-\(index + 1)", Data(bytes).base64EncodedString())
            }
        )
    }

    /// How many bytes the members have as text.
    var size: Int { members.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } }

    /// The digest as names of Kubernetes may contain it.
    private static func name(of digest: Digest) -> String { "\(digest.algorithm.rawValue)-\(digest.hex)" }

    /// The digest's own ConfigMap; nothing in it needs escapes.
    var configMap: String {
        let data = members.sorted { $0.key < $1.key }.map { #""\#($0.key)":"\#($0.value)""# }.joined(separator: ",")
        return #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"\#(Self.name(of: digest))","#
            + #""namespace":"\#(SignatureConfigMaps.namespace)","#
            + #""labels":{"release.openshift.io/verification-signatures":""}},"binaryData":{\#(data)}}"# + "\n"
    }
}
