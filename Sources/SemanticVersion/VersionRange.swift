/// The versions from a minimum to a maximum, both included, as operator catalogs are filtered with.
///
/// A pre-release never matches a bound that has none: `>=1.0.0` leaves out `1.1.0-rc1`. A partial bound is a range
/// itself: `<=1.2` lets 1.2.9 in. Build metadata does not count.
package struct VersionRange: Hashable, Sendable, CustomStringConvertible {
    /// The lower bound; nil for none.
    package let minimum: PartialVersion?
    /// The upper bound; nil for none.
    package let maximum: PartialVersion?

    /// Makes a range; without any bound it holds every version, pre-releases too.
    package init(minimum: PartialVersion? = nil, maximum: PartialVersion? = nil) {
        self.minimum = minimum
        self.maximum = maximum
    }

    /// Whether neither bound is set.
    package var isUnbounded: Bool { minimum == nil && maximum == nil }

    /// Whether no version can be inside because the minimum lies above the maximum.
    package var isEmpty: Bool {
        guard let minimum, let maximum else { return false }
        return !maximum.isAtOrAbove(minimum.lowest)
    }

    /// Whether a version is inside.
    package func contains(_ version: SemanticVersion) -> Bool {
        if let minimum {
            guard !version.isPrerelease || minimum.lowest.isPrerelease, version >= minimum.lowest else { return false }
        }
        if let maximum {
            guard !version.isPrerelease || maximum.lowest.isPrerelease, maximum.isAtOrAbove(version) else {
                return false
            }
        }
        return true
    }

    /// `>=MIN <=MAX`, or `*` without bounds.
    package var description: String {
        let bounds = [minimum.map { ">=\($0)" }, maximum.map { "<=\($0)" }].compactMap { $0 }
        return bounds.isEmpty ? "*" : bounds.joined(separator: " ")
    }
}
