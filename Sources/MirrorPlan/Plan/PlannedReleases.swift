package import OCIModel

/// What a plan knows of its releases beside their images: all that an import needs to check and describe them offline.
package struct PlannedReleases: Hashable, Sendable, Codable {
    /// A channel, reduced to the releases of the plan, so that a part of a media set can be chosen without the network.
    package struct Channel: Hashable, Sendable, Codable {
        /// One release of the channel.
        package struct Release: Hashable, Sendable, Codable {
            /// The version, as the update graph has it.
            package let version: String
            /// The payload.
            package let digest: Digest
            /// The repository of the payload.
            package let repository: Repository

            /// Joins the parts.
            package init(version: String, digest: Digest, repository: Repository) {
                self.version = version
                self.digest = digest
                self.repository = repository
            }
        }

        /// An update between two releases, as indices of ``releases``.
        package struct Update: Hashable, Sendable, Codable {
            /// The release before.
            package let from: Int
            /// The release after.
            package let to: Int
            /// Its risks; empty for an update that is always recommended.
            package let risks: [Risk]

            /// Joins the parts.
            package init(from: Int, to: Int, risks: [Risk] = []) {
                self.from = from
                self.to = to
                self.risks = risks
            }
        }

        /// The channel's name.
        package let name: String
        /// The architecture in the update service's words.
        package let architecture: String
        /// `ocp` or `okd`.
        package let product: String
        /// The releases, ascending by version.
        package let releases: [Release]
        /// The updates between them, sorted.
        package let updates: [Update]

        /// Joins the parts.
        package init(name: String, architecture: String, product: String, releases: [Release], updates: [Update]) {
            self.name = name
            self.architecture = architecture
            self.product = product
            self.releases = releases
            self.updates = updates
        }
    }

    /// A known risk of an update.
    package struct Risk: Hashable, Sendable, Codable {
        /// Its short name.
        package let name: String
        /// What it means.
        package let message: String
        /// Where more is said.
        package let url: String

        /// Joins the parts.
        package init(name: String, message: String, url: String) {
            self.name = name
            self.message = message
            self.url = url
        }
    }

    /// An update with risks that a chosen path crosses.
    package struct ConditionalUpdate: Hashable, Sendable, Codable {
        /// The channel.
        package let channel: String
        /// The architecture.
        package let architecture: String
        /// The version before.
        package let from: String
        /// The version after.
        package let to: String
        /// The risks, at least one.
        package let risks: [Risk]

        /// Joins the parts.
        package init(channel: String, architecture: String, from: String, to: String, risks: [Risk]) {
            self.channel = channel
            self.architecture = architecture
            self.from = from
            self.to = to
            self.risks = risks
        }
    }

    /// The releases, sorted.
    package let releases: [PlannedRelease]
    /// The channels that were asked for, in the order of architecture and name.
    package let channels: [Channel]
    /// The conditional updates on chosen paths, in the order of the paths.
    package let conditionalUpdates: [ConditionalUpdate]
    /// What the user should know of the choice of releases and of their signatures, each a sentence; see ``warnings``.
    private let notes: [String]

    /// Joins the parts, sorting the releases; each of them is kept once.
    package init(
        releases: [PlannedRelease] = [],
        channels: [Channel] = [],
        conditionalUpdates: [ConditionalUpdate] = [],
        warnings: [String] = []
    ) {
        self.releases = Set(releases).sorted()
        self.channels = channels
        self.conditionalUpdates = conditionalUpdates
        notes = warnings
    }

    /// Whether there is nothing to know.
    package var isEmpty: Bool {
        releases.isEmpty && channels.isEmpty && conditionalUpdates.isEmpty && notes.isEmpty
    }

    /// What the user must not forget, each a sentence: oddities of the choice, and releases without signature.
    package var warnings: [String] {
        notes
            + releases.compactMap { release in
                release.unsignedReason.map { "release \(release.name) is mirrored without a signature: \($0)" }
            }
    }

    /// What both know.
    package static func + (left: Self, right: Self) -> Self {
        Self(
            releases: left.releases + right.releases,
            channels: left.channels + right.channels,
            conditionalUpdates: left.conditionalUpdates + right.conditionalUpdates,
            warnings: left.notes + right.notes
        )
    }

    /// The same without the releases whose payload is not among some digests.
    package func keeping(_ digests: Set<Digest>) -> Self {
        Self(
            releases: releases.filter { digests.contains($0.digest) },
            channels: channels,
            conditionalUpdates: conditionalUpdates,
            warnings: notes
        )
    }
}
