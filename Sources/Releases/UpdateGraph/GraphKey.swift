/// What names an update graph.
struct GraphKey: Hashable, Sendable {
    /// The channel.
    let channel: String
    /// The architecture in the update service's words.
    let architecture: String
    /// The product.
    let product: ReleaseProduct
}

extension UpdateGraph {
    /// What names it.
    var key: GraphKey { GraphKey(channel: channel, architecture: architecture, product: product) }
}
