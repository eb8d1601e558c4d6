import ArgumentParser

/// How long the paths at a destination may be.
struct NestedPathOptions: ParsableArguments {
    @Option(
        help:
            "The most components that a path at the destination may have, such as 2; 0, the default, means no limit. ferry plan shows which paths that changes."
    )
    var maxNestedPaths: Int?

    func validate() throws {
        if let maxNestedPaths, maxNestedPaths < 0 { throw ValidationError("--max-nested-paths must be 0 or more") }
    }
}
