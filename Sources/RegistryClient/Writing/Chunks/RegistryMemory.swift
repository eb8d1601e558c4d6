import Logging
package import OCIModel

/// Remembers beyond the end of the process what was learnt about registries.
///
/// It is a help and no promise: what is lost is learnt again, what is wrong costs some requests and nothing else. All
/// functions may be called from many tasks at once; failing to write is no failure of the upload.
package protocol RegistryMemory: Sendable {
    /// What is known of uploads to a registry; nil when nothing is, or it is too old to count.
    func uploadLimits(of registry: RegistryName) async -> UploadLimits?

    /// Something else is known of uploads to a registry from now on.
    func remember(_ limits: UploadLimits, of registry: RegistryName) async
}

extension RegistryClient {
    /// What is known of uploads to the registry.
    var uploadLimits: UploadLimits { knowledge.uploadLimits }

    /// Begins with what an earlier run has learnt, and remembers what is learnt from now on.
    ///
    /// To be called before anything is written.
    package func remember(in memory: any RegistryMemory) async {
        if let limits = await memory.uploadLimits(of: registry) {
            _ = knowledge.learn { $0 = limits }
            tell(limits, "uploads go as an earlier run has learnt")
        }
        knowledge.keep(memory: memory)
    }

    /// Takes something in that an upload has taught.
    func learn(_ change: (inout UploadLimits) -> Void) async {
        guard let limits = knowledge.learn(change) else { return }
        tell(limits, "uploads go another way from now on")
        await knowledge.memory?.remember(limits, of: registry)
    }

    private func tell(_ limits: UploadLimits, _ message: String) {
        logger.info(
            "\(message)",
            metadata: [
                "registry": "\(registry)",
                "largest body": "\(limits.largestBody.map { "\($0) bytes" } ?? "any")",
                "cuts connections": "\(limits.cutsConnections)",
                "whole blobs only": "\(limits.takesWholeBlobsOnly)",
            ]
        )
    }
}
