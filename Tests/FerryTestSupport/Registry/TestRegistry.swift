package import ImageStorage
package import OCIModel
package import RegistryServer

/// A store that a test can both serve and look into.
package typealias TestStore = RegistryStore & ImageSource & ImageTarget

/// A registry in this process.
package struct TestRegistry: Sendable {
    /// Where the content lies.
    package enum Storage: Sendable {
        case memory
        /// A folder, with its options; nil for those that suit tests (no waiting for the disk).
        case folder(String, FolderStore.Options? = nil)
        /// Any store.
        case store(any TestStore)
    }

    /// Where it listens.
    package let address: RegistryAddress
    /// Its name in image references.
    package let name: RegistryName
    /// The store behind it.
    package let store: any TestStore
    /// The requests so far.
    package let traffic: RegistryTraffic
    /// The rules by which requests are spoilt.
    package let faults: FaultScript
}

/// What a kind of registry does to a request; where it leaves it alone, the fault script does the rest.
package typealias RegistryBehaviour = @Sendable (RegistryRequest) async -> Intervention?

private struct TestHook: RequestHook {
    let traffic: RegistryTraffic
    let faults: FaultScript
    let behaviour: RegistryBehaviour?

    func intervention(for request: RegistryRequest) async -> Intervention {
        traffic.begin()
        guard let intervention = await behaviour?(request) else { return faults.intervention(for: request) }
        guard intervention.answer == nil, !intervention.closes else { return intervention }
        return intervention.followed(by: faults.intervention(for: request))
    }

    func finished(_ request: RegistryRequest, _ outcome: RequestOutcome) {
        traffic.record(request, outcome)
    }
}

/// Runs a registry on a free port of this machine for as long as `body` runs.
///
/// - Parameters:
///   - storage: where the content lies.
///   - faults: which requests to spoil.
///   - behaviour: what is special about the registry; asked before the faults.
///   - acceptsSparseIndexes: whether an index may name manifests that its repository lacks; a folder's own options decide.
///   - users: who may use it, as `name:password`; everybody when empty.
///   - tls: certificate and key; plain HTTP when nil.
///   - body: what to do meanwhile.
/// - Returns: what `body` returns.
/// - Throws: what `body`, the store and the server throw.
package func withRegistry<Result: Sendable>(
    _ storage: TestRegistry.Storage = .memory,
    faults: [FaultRule] = [],
    behaviour: RegistryBehaviour? = nil,
    acceptsSparseIndexes: Bool = false,
    users: [String] = [],
    tls: RegistryServer.TLSFiles? = nil,
    _ body: (TestRegistry) async throws -> Result
) async throws -> Result {
    let store: any TestStore
    switch storage {
    case .memory: store = MemoryStore(acceptsSparseIndexes: acceptsSparseIndexes)
    case .store(let given): store = given
    case .folder(let path, let given):
        var options = given ?? FolderStore.Options()
        if given == nil {
            options.syncsToDisk = false
            options.acceptsSparseIndexes = acceptsSparseIndexes
        }
        store = try await FolderStore.open(at: path, options: options)
    }
    let hook = TestHook(traffic: RegistryTraffic(), faults: FaultScript(faults), behaviour: behaviour)
    var options = RegistryServer.Options()
    options.users = users.isEmpty ? nil : try RegistryUsers(users)
    options.tls = tls
    options.hook = hook
    return try await withRunningServer(store, options: options) { address in
        try await body(
            TestRegistry(
                address: address,
                name: try address.registryName(),
                store: store,
                traffic: hook.traffic,
                faults: hook.faults
            )
        )
    }
}
