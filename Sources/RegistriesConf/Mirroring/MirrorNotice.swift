package import OCIModel

/// What is worth knowing about a place that did not do what it is there for.
package enum MirrorNotice: Sendable, CustomStringConvertible {
    /// A registry is not asked any more in this run.
    case givenUp(RegistryName, reason: String)
    /// A place gave bytes that are not those of the digest.
    case wrongBytes(PullPlace, reason: String)
    /// A place does not let itself be read; told once for each repository.
    case refused(PullPlace, reason: String)

    /// One sentence.
    package var description: String {
        switch self {
        case .givenUp(let registry, let reason):
            "\(registry) is not asked any more in this run, other places are: \(reason)"
        case .wrongBytes(let place, let reason): "\(place) gave wrong bytes, another place is asked: \(reason)"
        case .refused(let place, let reason): "\(place) cannot be read, another place is asked: \(reason)"
        }
    }
}
