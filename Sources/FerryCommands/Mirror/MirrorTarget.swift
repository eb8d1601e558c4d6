import Foundation
import MediaSet
import MirrorPlan
import OCIModel
import OpenSSLCrypto
import RegistryClient
import TransferEngine

/// One of the registries that a run delivers to, with the folder that gets its report and resources.
struct MirrorTarget: Sendable {
    let namespace: TargetNamespace
    let directory: WorkingDirectory
    let registry: RegistryClient

    /// The target as the engine sees it.
    var destination: TransferDestination {
        let namespace = namespace
        return TransferDestination(registry, store: namespace.registry.text) { try namespace.repository(for: $0) }
    }

    /// Where an image is, or was to be.
    ///
    /// - Throws: `MirrorPlanError` when the destination cannot be formed.
    func place(of image: PlannedImage) throws -> String {
        let repository = "\(namespace.registry)/\(try namespace.repository(for: image.destination))"
        return repository + (image.tags.first.map { ":\($0)" } ?? "@\(image.digest)")
    }

    /// The name of a target's folder: no two targets have the same, and every file system takes it.
    ///
    /// It is the argument with `_` for `/` and `:`, and part of a hash where that could be another target's name.
    ///
    /// - Throws: `OpenSSLError`.
    static func folderName(_ namespace: TargetNamespace) throws -> String {
        let text = namespace.description
        let plain: Set<Character> = Set("abcdefghijklmnopqrstuvwxyz0123456789.-")
        let readable = String(text.map { plain.contains($0) ? $0 : "_" })
        let parts = text.split(separator: "/")
        let hasPort = parts[0].contains(":")
        // With a port the second part of the name is that port; without one it must not look like one.
        let looksLikePort = parts.count > 1 && !hasPort && parts[1].allSatisfy(\.isNumber)
        let separators = text.count { $0 == "/" } + (hasPort ? 1 : 0)
        let isPlain = readable.count { $0 == "_" } == separators && text.count { $0 == ":" } == (hasPort ? 1 : 0)
        if isPlain, !looksLikePort, readable.count <= 100 { return readable }
        let digest = try ContentHasher.digest(of: Array(text.utf8))
        return "\(readable.prefix(80))_\(digest.hex.prefix(12))"
    }
}

extension WorkingDirectory {
    /// The folder of one target of a run that has several.
    ///
    /// - Throws: `OpenSSLError`.
    func folder(of namespace: TargetNamespace) throws -> WorkingDirectory {
        WorkingDirectory(at: "\(path)/targets/\(try MirrorTarget.folderName(namespace))")
    }
}
