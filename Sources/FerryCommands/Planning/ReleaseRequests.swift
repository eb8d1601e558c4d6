import Foundation
import HTTPTransport
import ImageSetConfig
import Logging
import Releases

/// What a configuration asks the update service for.
struct ReleaseRequests: Sendable {
    /// The channels, in the file's order.
    let channels: [ChannelRequest]
    /// The architectures, in the update service's words.
    let architectures: [String]

    /// Takes the section apart.
    ///
    /// - Parameters:
    ///   - platform: the section; a release that it pins is not looked at.
    ///   - fileName: the configuration's name, for messages.
    init(_ platform: PlatformSection, fileName: String) {
        channels = platform.channels.map { ChannelRequest($0, fileName: fileName) }
        architectures = platform.requestedArchitectures
    }

    /// Asks the update service and chooses the releases; warnings go to the log.
    ///
    /// - Parameters:
    ///   - transport: reaches the update service.
    ///   - includesConditional: whether paths may cross conditional updates even where another way is left.
    ///   - logger: gets the warnings.
    ///   - environment: the variables that name other update services.
    /// - Returns: the releases, with paths and graphs.
    /// - Throws: `ReleasesError`; `FerryError` for variables that are wrong; `CancellationError`.
    func select(
        over transport: HTTPTransport,
        includesConditional: Bool,
        logger: Logger,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> ReleaseSelection {
        let settings = try UpdateServiceSettings(environment: environment)
        settings.mention(to: logger)
        let selection = try await select(
            from: UpdateService(transport: transport, addresses: settings.addresses),
            includesConditional: includesConditional,
            versionFilter: settings.countsVersion
        )
        selection.planned.tell(logger)
        return selection
    }

    /// Chooses the releases by what anyone knows of update graphs.
    ///
    /// - Parameters:
    ///   - graphs: who is asked.
    ///   - includesConditional: whether paths may cross conditional updates even where another way is left.
    ///   - versionFilter: says which versions count as a channel's lowest and highest; nil for all.
    /// - Returns: the releases, with paths and graphs.
    /// - Throws: `ReleasesError`; `CancellationError`.
    func select(
        from graphs: any UpdateGraphProvider,
        includesConditional: Bool,
        versionFilter: (@Sendable (String) -> Bool)?
    ) async throws -> ReleaseSelection {
        let selector = ReleaseSelector(
            graphs: graphs,
            includesConditional: includesConditional,
            versionFilter: versionFilter
        )
        return try await selector.select(channels, architectures: architectures)
    }
}

extension ChannelRequest {
    /// A channel of a configuration.
    ///
    /// - Parameters:
    ///   - channel: the channel.
    ///   - fileName: the configuration's name, for messages.
    init(_ channel: ReleaseChannel, fileName: String) {
        self.init(
            name: channel.name,
            product: channel.product == .okd ? .okd : .ocp,
            minimum: channel.minimum,
            maximum: channel.maximum,
            isShortestPath: channel.shortestPath,
            isFull: channel.full,
            place: "\(fileName):\(channel.place.location.line): channel \(channel.name)"
        )
    }
}
