import MirrorPlan

/// The three ways of mirroring, with what each needs.
enum MirrorMode: Sendable {
    /// Registry to media: the folder that gets the volumes.
    case mirrorToDisk(folder: String)
    /// Media to one or more registries: the folders that hold the volumes.
    case diskToMirror(folders: [String], targets: [TargetNamespace])
    /// Registry to one or more registries.
    case mirrorToMirror(targets: [TargetNamespace])

    /// The name that oc-mirror prints.
    var name: String {
        switch self {
        case .mirrorToDisk: "mirrorToDisk"
        case .diskToMirror: "diskToMirror"
        case .mirrorToMirror: "mirrorToMirror"
        }
    }

    /// Whether registries are read; an import reads its set only.
    var readsSources: Bool {
        if case .diskToMirror = self { false } else { true }
    }

    /// Finds the way from the arguments, by the rules of oc-mirror.
    ///
    /// - Parameters:
    ///   - destinations: the positional arguments, at least one; only registries may be several.
    ///   - from: the values of `--from`.
    ///   - workspace: the value of `--workspace`.
    ///   - maxNestedPaths: the value of `--max-nested-paths`.
    /// - Throws: `FerryError` with the sentence that oc-mirror's users know; `MirrorPlanError` for a bad destination.
    init(destinations: [String], from: [String], workspace: String?, maxNestedPaths: Int?) throws {
        if let workspace, !workspace.hasPrefix("file://") {
            throw FerryError("when --workspace is used, it must have the file:// prefix: \(workspace)")
        }
        for folder in from where !folder.hasPrefix("file://") {
            throw FerryError("when --from is used, it must have the file:// prefix: \(folder)")
        }
        guard let destination = destinations.first else { throw FerryError("name a destination") }
        if let folder = destinations.first(where: { $0.hasPrefix("file://") }), destinations.count > 1 {
            throw FerryError(
                "\(folder) cannot be one of several destinations: only docker:// destinations can be several"
            )
        }
        if destination.hasPrefix("file://") {
            guard from.isEmpty else {
                throw FerryError("with a file:// destination images go from registries to media: --from is not needed")
            }
            guard workspace == nil else {
                throw FerryError(
                    "with a file:// destination the folder itself is the workspace: --workspace is not needed"
                )
            }
            self = .mirrorToDisk(folder: try Self.path(destination))
        } else {
            let targets = try Self.targets(destinations, maxNestedPaths: maxNestedPaths)
            if from.isEmpty {
                guard workspace != nil else {
                    throw FerryError(
                        "with a docker:// destination either --from file://DIR (from media) or --workspace file://DIR "
                            + "(from registries) is needed"
                    )
                }
                self = .mirrorToMirror(targets: targets)
            } else {
                self = .diskToMirror(folders: try from.map { try Self.path($0) }, targets: targets)
            }
        }
    }

    private static func targets(_ destinations: [String], maxNestedPaths: Int?) throws -> [TargetNamespace] {
        var targets: [TargetNamespace] = []
        for destination in destinations {
            guard destination.hasPrefix("docker://") else {
                throw FerryError(
                    "the destination must start with file:// (to media) or docker:// (to a registry): "
                        + withoutCredentials(destination)
                )
            }
            let target = try TargetNamespace(destination.dropFirst("docker://".count), maxNestedPaths: maxNestedPaths)
            guard !targets.contains(target) else { throw FerryError("docker://\(target) is named twice") }
            targets.append(target)
        }
        return targets
    }

    /// An argument as messages may repeat it: without what stands before its last `@`; passwords may hold slashes.
    static func withoutCredentials(_ argument: String) -> String {
        let start = argument.firstRange(of: "://")?.upperBound ?? argument.startIndex
        guard let at = argument[start...].lastIndex(of: "@") else { return argument }
        return "\(argument[..<start])…\(argument[at...])"
    }

    /// The path of a `file://` argument; relative paths stay relative to the current folder.
    ///
    /// - Throws: `FerryError` when nothing follows the prefix.
    static func path(_ argument: String) throws -> String {
        let path = argument.hasPrefix("file://") ? String(argument.dropFirst("file://".count)) : argument
        guard !path.isEmpty else { throw FerryError("\(argument) names no folder") }
        return path
    }
}
