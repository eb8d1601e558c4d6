package import OCIModel

/// What a request needs to be allowed to do.
///
/// https://distribution.github.io/distribution/spec/auth/scope/
package enum RegistryAccess: Hashable, Sendable {
    /// Nothing but to be known.
    case login
    /// Read the list of all repositories, which token services give a scope of its own.
    case catalog
    /// Read from a repository.
    case pull(RepositoryPath)
    /// Read from and write to a repository.
    case push(RepositoryPath)
    /// Delete from a repository, besides reading and writing.
    case delete(RepositoryPath)
    /// Write to one repository, taking from another.
    case mount(from: RepositoryPath, to: RepositoryPath)

    /// The repository whose credentials count.
    var repository: RepositoryPath? {
        switch self {
        case .login, .catalog: nil
        case .pull(let repository), .push(let repository), .delete(let repository), .mount(_, let repository):
            repository
        }
    }

    /// The scopes to ask a token service for.
    var scopes: [String] {
        switch self {
        case .login: []
        case .catalog: ["registry:catalog:*"]
        case .pull(let repository): ["repository:\(repository):pull"]
        case .push(let repository): ["repository:\(repository):pull,push"]
        case .delete(let repository): ["repository:\(repository):pull,push,delete"]
        case .mount(let origin, let repository):
            ["repository:\(repository):pull,push", "repository:\(origin):pull"]
        }
    }
}
