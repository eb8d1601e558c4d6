import DispatchLanes

/// The graphs that a choice of releases has asked for so far, and the failures to get them.
struct GraphShelf: Sendable {
    private let provider: any UpdateGraphProvider
    private var answers: [GraphKey: Result<UpdateGraph, ReleasesError>] = [:]
    /// Graphs that were asked for only to find out what else there is.
    private var neighbours: [GraphKey: UpdateGraph] = [:]

    /// Begins empty.
    init(provider: any UpdateGraphProvider) { self.provider = provider }

    /// The graphs that were got; ``graph(_:)`` tells of the others.
    var known: [UpdateGraph] { answers.values.compactMap { try? $0.get() } }

    /// Asks for graphs that are not there yet, several at a time.
    ///
    /// For channels without releases others are asked for too, so that ``hint(for:)`` has something to say.
    ///
    /// - Throws: `CancellationError`, and errors of the provider other than `ReleasesError`, which are kept.
    mutating func fetch(_ keys: [GraphKey]) async throws {
        var seen: Set<GraphKey> = []
        let missing = keys.filter { answers[$0] == nil && seen.insert($0).inserted }
        for (key, answer) in zip(missing, try await Self.ask(missing, provider)) { answers[key] = answer }
        let empty = known.filter(\.nodes.isEmpty).map(\.key)
        let candidates = Set(empty.flatMap { $0.neighbours }).subtracting(answers.keys)
        let asked = candidates.subtracting(neighbours.keys)
            .sorted { ($0.channel, $0.architecture) < ($1.channel, $1.architecture) }
        for (key, answer) in zip(asked, try await Self.ask(asked, provider)) {
            // It is only for a hint.
            neighbours[key] = try? answer.get()
        }
    }

    /// A graph that was asked for.
    ///
    /// - Throws: why it could not be got.
    func graph(_ key: GraphKey) throws(ReleasesError) -> UpdateGraph {
        guard let answer = answers[key] else {
            return UpdateGraph(
                channel: key.channel,
                architecture: key.architecture,
                product: key.product,
                nodes: [],
                edges: []
            )
        }
        return try answer.get()
    }

    /// The channels that a user may have meant, as the end of a sentence; empty when nothing is known.
    func hint(for key: GraphKey) -> String {
        let all = (known + neighbours.values).filter { $0.product == key.product && !$0.nodes.isEmpty }
        let others = all.filter { $0.channel == key.channel }.map(\.architecture)
        if !others.isEmpty { return "; for \(Set(others).sorted().joined(separator: ", ")) it has some" }
        let graphs = all.filter { $0.architecture == key.architecture }
        let channels = Set(graphs.flatMap { $0.nodes.flatMap(\.channels) + [$0.channel] })
        let name = key.channelName
        let similar = channels.subtracting([key.channel]).filter { channel in
            guard let name, let other = ChannelName(channel) else { return false }
            return (other.major, other.minor) == (name.major, name.minor)
        }
        if !similar.isEmpty { return "; there are \(similar.sorted().joined(separator: ", "))" }
        let newest = channels.compactMap { ChannelName($0) }.filter { $0.prefix == name?.prefix }
            .max { ($0.major, $0.minor) < ($1.major, $1.minor) }
        return newest.map { "; the newest that is known there is \($0.text)" } ?? "; look at its spelling"
    }

    private static func ask(
        _ keys: [GraphKey],
        _ provider: any UpdateGraphProvider
    ) async throws -> [Result<UpdateGraph, ReleasesError>] {
        try await mapConcurrently(keys, width: 8) { key in
            do {
                let graph = try await provider.graph(
                    channel: key.channel,
                    architecture: key.architecture,
                    product: key.product
                )
                return .success(graph)
            } catch let error as ReleasesError {
                return .failure(error)
            }
        }
    }
}

extension UpdateGraphProvider {
    /// The channels that a user may have meant by one without releases, as the end of a sentence.
    ///
    /// - Throws: `CancellationError`; a provider's failures only make the hint worse.
    package func hint(forChannel channel: String, architecture: String, product: ReleaseProduct) async throws -> String
    {
        let key = GraphKey(channel: channel, architecture: architecture, product: product)
        var shelf = GraphShelf(provider: self)
        try await shelf.fetch([key])
        return shelf.hint(for: key)
    }
}

extension GraphKey {
    /// The name taken apart; one without prefix (`4.18`) counts too, as a mistake that people make.
    fileprivate var channelName: ChannelName? { ChannelName(channel) ?? ChannelName("stable-" + channel) }

    /// Graphs that may tell which channels there are beside one that has no releases.
    fileprivate var neighbours: [GraphKey] {
        guard product == .ocp, let name = channelName else { return [] }
        var minors = [name.minor]
        if name.minor > 0 { minors.append(name.minor - 1) }
        return ["stable", "candidate"].flatMap { prefix in
            minors.map { minor in
                GraphKey(
                    channel: ChannelName(prefix: prefix, major: name.major, minor: minor).text,
                    architecture: architecture,
                    product: product
                )
            }
        }.filter { $0 != self }
    }
}
