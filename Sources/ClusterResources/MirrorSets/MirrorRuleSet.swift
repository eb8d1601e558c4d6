import OCIModel

/// How a pull names its image; each way has its own kind of mirror set.
enum MirrorSetKind: CaseIterable, Sendable {
    /// By digest: ImageDigestMirrorSet.
    case digest
    /// By tag: ImageTagMirrorSet.
    case tag
}

/// The objects that the rules of one kind are spread over, in the order in which they are written.
enum MirrorSetGroup: String, CaseIterable, Sendable {
    case release
    case `operator`
    case generic
}

/// All mirror rules for a set of images, without duplicates and independent of the images' order.
struct MirrorRuleSet: Sendable {
    private struct Place: Hashable {
        let kind: MirrorSetKind
        let group: MirrorSetGroup
    }

    private var rules: [Place: Set<MirrorRule>] = [:]

    /// Finds the rules.
    ///
    /// - Parameters:
    ///   - images: what was mirrored, in any order.
    ///   - limitsNestedPaths: whether paths were shortened to a number of components; then every rule is about one
    ///     repository, because the namespaces no longer correspond.
    init(_ images: [MirroredImage], limitsNestedPaths: Bool) {
        for image in images {
            let namespace = limitsNestedPaths ? nil : MirrorRule.namespaceScope(image)
            insert(namespace ?? .repositoryScope(image), for: image)
        }
        addHiddenRepositories(images)
    }

    /// The rules of one object: the mirrors of each source, both in order of text; empty when the object has none.
    func entries(_ kind: MirrorSetKind, _ group: MirrorSetGroup) -> [(source: String, mirrors: [String])] {
        let all = rules[Place(kind: kind, group: group)] ?? []
        return Dictionary(grouping: all, by: \.source)
            .map { (source: $0.key, mirrors: $0.value.map(\.mirror).sorted()) }
            .sorted { $0.source < $1.source }
    }

    /// Gives images a rule of their own where a longer source, made for others, hides the namespace's rule.
    ///
    /// Say `quay.io/acme` is mirrored as a namespace, and one image of `quay.io/acme/tool` went elsewhere: the source
    /// `quay.io/acme/tool` then decides for all its tags. It does so even if it stands in the other kind of set.
    /// The only source that can hide a parent's is the repository itself, so no new source arises here.
    private mutating func addHiddenRepositories(_ images: [MirroredImage]) {
        let sources = Set(rules.values.joined().map(\.source))
        for image in images {
            let own = MirrorRule.repositoryScope(image)
            guard sources.contains(own.source) else { continue }
            for kind in image.mirrorSetKinds where !serves(own, kind) {
                rules[Place(kind: kind, group: image.group.mirrorSetGroup), default: []].insert(own)
            }
        }
    }

    /// Whether the entries for exactly that source lead to the destination already, in whichever object.
    private func serves(_ rule: MirrorRule, _ kind: MirrorSetKind) -> Bool {
        MirrorSetGroup.allCases.contains { rules[Place(kind: kind, group: $0)]?.contains(rule) ?? false }
    }

    private mutating func insert(_ rule: MirrorRule, for image: MirroredImage) {
        for kind in image.mirrorSetKinds {
            rules[Place(kind: kind, group: image.group.mirrorSetGroup), default: []].insert(rule)
        }
    }
}

extension MirroredImage {
    /// The kinds of set that the image appears in: what its origin has, and a release payload always by digest too.
    var mirrorSetKinds: [MirrorSetKind] {
        var kinds: [MirrorSetKind] = []
        if origin.digest != nil || group == .releasePayload { kinds.append(.digest) }
        if origin.tag != nil { kinds.append(.tag) }
        return kinds
    }
}

extension ImageGroup {
    /// The object that the group's rules go into.
    var mirrorSetGroup: MirrorSetGroup {
        switch self {
        case .releasePayload, .releaseContent: .release
        case .operator: .operator
        case .generic: .generic
        }
    }
}
