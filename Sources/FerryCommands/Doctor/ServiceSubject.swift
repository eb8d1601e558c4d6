import Foundation
import HTTPTransport
import ImageSetConfig
import Releases

/// Something that planning asks for and that is in no registry.
struct ServiceSubject: Hashable, Sendable {
    /// What it is.
    enum Kind: String, Hashable, Sendable, Encodable {
        /// It says which releases channels have.
        case updateService
        /// It hands out the archive that graph images are made of.
        case graphData

        /// What people call it.
        var title: String { self == .updateService ? "update service" : "graph data" }
    }

    /// A graph that planning asks for.
    struct Graph: Hashable, Sendable {
        /// The channel.
        let channel: String
        /// The architecture in the update service's words.
        let architecture: String
        /// The product.
        let product: ReleaseProduct
    }

    /// The most graphs of one service that are asked for.
    static let maximumGraphs = 5

    /// What it is.
    let kind: Kind
    /// The address that is asked.
    let address: HTTPURL
    /// Of an update service: which graphs are asked for; not empty, and at most a few.
    var graphs: [Graph] = []
    /// The option or variable that names another address.
    let otherwise: String

    /// How people write it; a query may hold secrets and is left out.
    var place: String { "\(address)" }

    /// What planning asks for besides registries.
    ///
    /// - Parameters:
    ///   - configuration: what is to be planned.
    ///   - graphData: the value of `--graph-data`.
    ///   - environment: the variables that name other services.
    /// - Returns: the services: update services first, then the graph data unless they are a file.
    /// - Throws: `FerryError` for variables that are no address, and for a file that cannot be read;
    ///   `ReleasesError.invalidGraphDataSource`.
    static func subjects(
        of configuration: ImageSetConfiguration,
        graphData: String?,
        environment: [String: String]
    ) throws -> [ServiceSubject] {
        guard let platform = configuration.platform else { return [] }
        let addresses = try UpdateServiceSettings(environment: environment).addresses
        // A release that is pinned is taken without a look at the channels.
        let requests = ReleaseRequests(platform, fileName: configuration.source.fileName)
        let graphs = requests.architectures.flatMap { architecture in
            requests.channels.map { Graph(channel: $0.name, architecture: architecture, product: $0.product) }
        }
        var subjects: [ServiceSubject] = []
        for product in [ReleaseProduct.ocp, .okd] where platform.release == nil {
            let asked = graphs.filter { $0.product == product }.prefix(maximumGraphs)
            guard !asked.isEmpty else { continue }
            subjects.append(
                ServiceSubject(
                    kind: .updateService,
                    address: addresses.address(of: product),
                    graphs: Array(asked),
                    otherwise: product == .ocp ? UpdateServiceSettings.ocpVariable : UpdateServiceSettings.okdVariable
                )
            )
        }
        guard platform.graph else { return subjects }
        switch try GraphOptions.data(explicit: graphData, environment: environment) {
        case .url(let url):
            subjects.append(ServiceSubject(kind: .graphData, address: url, otherwise: "--graph-data"))
        case .file(let path):
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw FerryError("cannot read the graph data \(path): correct --graph-data, or who may read the file")
            }
        }
        return subjects
    }
}
