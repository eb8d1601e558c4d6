package import OCIModel

/// Where the images of a release may be found, when the release itself was found in some repository.
///
/// A payload names its images where they were built, also when it lies in a mirror: its bytes never change.
package struct ComponentPlaces: Hashable, Sendable {
    private let payload: Repository
    private let mirrors: [Repository]

    /// Takes what is known.
    ///
    /// - Parameters:
    ///   - payload: the repository that the payload was read from.
    ///   - mirrors: repositories to look into first, in this order.
    package init(payload: Repository, mirrors: [Repository] = []) {
        self.payload = payload
        self.mirrors = mirrors
    }

    /// The repositories in which an image may be, the likeliest first; none twice.
    ///
    /// These are: the mirrors; when the payload lies at another registry than the one that the component names, the
    /// sibling `openshift/release` of the payload's `openshift/release-images` (where Ferry and oc-mirror put components)
    /// and the payload's own repository (where `oc adm release mirror` puts them); what the component names itself.
    package func repositories(of component: ReleaseComponent) -> [Repository] {
        let own = component.reference.repository
        var places = mirrors
        if payload.registry != own.registry {
            if let sibling { places.append(sibling) }
            places.append(payload)
        }
        places.append(own)
        var seen: Set<Repository> = []
        return places.filter { seen.insert($0).inserted }
    }

    private var sibling: Repository? {
        let components = payload.path.components
        guard components.suffix(2).elementsEqual(["openshift", "release-images"]) else { return nil }
        let path = components.dropLast().joined(separator: "/") + "/release"
        do {
            return Repository(registry: payload.registry, path: try RepositoryPath(path))
        } catch {
            // A part of a valid path is one; but if it were not, there would just be one place less.
            return nil
        }
    }
}
