import Archiving

/// Which files below `release-manifests` are wanted.
package enum PayloadFiles: Hashable, Sendable {
    /// These, by their names inside the folder. Layers are read until all are decided.
    case named(Set<String>)
    /// All. Every layer is read unless one says that nothing below it counts.
    case all
    /// All in the layers from the top one down to the one that decides the last of these names.
    ///
    /// For a payload by `oc adm release new` that is everything, without reading the hundreds of MB of the operator's
    /// own image below; of one that was patched by a further layer, manifests below that may be left out.
    case allDownTo(Set<String>)

    /// The folder of the payload.
    static let folder = "release-manifests"

    /// Whether a path has to do with the wanted files.
    func concerns(_ path: String) -> Bool {
        guard path != Self.folder, !path.isEmpty else { return true }
        guard path.hasPrefix("\(Self.folder)/") else { return false }
        switch self {
        case .all, .allDownTo: return true
        case .named(let names): return names.contains(String(path.dropFirst(Self.folder.count + 1)))
        }
    }

    /// Whether lower layers cannot change the outcome any more.
    func areDecided(in overlay: LayerOverlay<[UInt8]>) -> Bool {
        switch self {
        case .all: !overlay.shows("\(Self.folder)/any")
        case .named(let names), .allDownTo(let names): names.allSatisfy { !overlay.isOpen("\(Self.folder)/\($0)") }
        }
    }
}
