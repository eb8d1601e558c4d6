extension RegistriesConfError.Code {
    /// The deprecated first version of the format.
    package static let versionOne = Self("versionOne")
    /// A key has a value of the wrong kind.
    package static let invalidValue = Self("invalidValue")
    /// Keys that contradict each other, or that belong together and are not.
    package static let inconsistent = Self("inconsistent")
}

/// Makes rules of one file's values.
struct RegistriesConfDecoder {
    /// The most `[[registry]]` tables, and mirrors of one, that a file may have.
    static let maximumEntries = 10_000

    private static let globalKeys: Set<String> = [
        "registry", "registries", "unqualified-search-registries", "short-name-mode", "credential-helpers", "aliases",
        "additional-layer-store-auth-helper",
    ]
    private static let registryKeys: Set<String> = [
        "prefix", "location", "insecure", "blocked", "mirror-by-digest-only", "mirror",
    ]
    private static let mirrorKeys: Set<String> = ["location", "insecure", "pull-from-mirror"]

    private let file: String
    private(set) var rules: [RegistryRule] = []
    private(set) var remarks: [String] = []

    /// Decodes a file.
    ///
    /// - Parameters:
    ///   - bytes: its text.
    ///   - file: its path, for messages.
    /// - Throws: `RegistriesConfError` with file and, where it is known, line.
    init(_ bytes: [UInt8], file: String) throws(RegistriesConfError) {
        let root = try TOMLParser.parse(bytes, file: file)
        self.file = file
        try refuseVersionOne(root)
        noteUnknown(root.keys, Self.globalKeys, at: file)
        for table in try tables(root["registry"], key: "registry", at: at(root.line(of: "registry"))) {
            rules.append(try rule(table))
        }
        try refuseConflicts()
    }

    private func at(_ line: Int) -> String { "\(file):\(line)" }

    private func refuseVersionOne(_ root: TOMLTable) throws(RegistriesConfError) {
        guard case .table(let old)? = root["registries"] else { return }
        for name in ["search", "insecure", "block"] {
            guard case .table(let list)? = old[name], list["registries"] != nil else { continue }
            throw RegistriesConfError(
                .versionOne,
                "\(at(list.line)) is in version 1 of the format ([registries.\(name)]), which knows no mirrors; write "
                    + "[[registry]] tables with \"location\", \"insecure\" and \"blocked\" instead"
            )
        }
    }

    private mutating func noteUnknown(_ keys: some Sequence<String>, _ known: Set<String>, at place: String) {
        for key in keys.sorted() where !known.contains(key) {
            remarks.append("\(place): \"\(key.prefix(80))\" means nothing here and is passed over")
        }
    }

    private mutating func rule(_ table: TOMLTable) throws(RegistriesConfError) -> RegistryRule {
        let place = at(table.line)
        noteUnknown(table.keys.filter { $0 != "pull-from-mirror" }, Self.registryKeys, at: place)
        let line = { [file] (key: String) in "\(file):\(table.line(of: key))" }
        guard table["pull-from-mirror"] == nil else {
            throw RegistriesConfError(
                .inconsistent,
                "\(line("pull-from-mirror")): \"pull-from-mirror\" belongs into [[registry.mirror]]"
            )
        }
        let prefixText = try string(table["prefix"], key: "prefix", at: line("prefix"))
        let locationText = try string(table["location"], key: "location", at: line("location"))
        guard let named = prefixText ?? locationText else {
            throw RegistriesConfError(
                .inconsistent,
                "\(place): a [[registry]] needs \"location\", or \"prefix\" and \"location\""
            )
        }
        let prefix = try parsed("prefix", line(prefixText == nil ? "location" : "prefix")) {
            () throws(RegistriesConfError) in try RegistryPrefix(named)
        }
        var location: RegistryPlace?
        if let locationText {
            location = try parsed("location", line("location")) {
                () throws(RegistriesConfError) in try RegistryPlace(locationText)
            }
        } else if case .place = prefix {
            throw RegistriesConfError(
                .inconsistent,
                "\(line("prefix")): \"\(prefix)\" needs a \"location\"; only prefixes like *.example.com do without"
            )
        }
        try check(location, fits: prefix, at: line("location"))
        if location == nil, case .bool(true)? = table["insecure"] {
            remarks.append("\(line("insecure")): \"insecure\" of \"\(prefix)\" is passed over; say it of each host")
        }
        let isDigestOnly =
            try bool(table["mirror-by-digest-only"], key: "mirror-by-digest-only", at: line("mirror-by-digest-only"))
        var mirrors: [RegistryRule.Mirror] = []
        for mirror in try tables(table["mirror"], key: "mirror", at: line("mirror")) {
            mirrors.append(try self.mirror(mirror, of: prefix, isDigestOnly: isDigestOnly))
        }
        return RegistryRule(
            prefix: prefix,
            location: location,
            isInsecure: try bool(table["insecure"], key: "insecure", at: line("insecure")),
            isBlocked: try bool(table["blocked"], key: "blocked", at: line("blocked")),
            mirrors: mirrors,
            origin: place
        )
    }

    private mutating func mirror(
        _ table: TOMLTable,
        of prefix: RegistryPrefix,
        isDigestOnly: Bool
    ) throws(RegistriesConfError) -> RegistryRule.Mirror {
        let line = { [file] (key: String) in "\(file):\(table.line(of: key))" }
        noteUnknown(table.keys, Self.mirrorKeys, at: at(table.line))
        guard let text = try string(table["location"], key: "location", at: line("location")) else {
            throw RegistriesConfError(
                .inconsistent,
                "\(at(table.line)): a mirror of \"\(prefix)\" needs a \"location\""
            )
        }
        let location = try parsed("location", line("location")) {
            () throws(RegistriesConfError) in try RegistryPlace(text)
        }
        try check(location, fits: prefix, at: line("location"))
        var use = RegistryRule.MirrorUse.all
        if let word = try string(table["pull-from-mirror"], key: "pull-from-mirror", at: line("pull-from-mirror")) {
            guard let known = RegistryRule.MirrorUse(rawValue: word) else {
                throw RegistriesConfError(
                    .invalidValue,
                    "\(line("pull-from-mirror")): \"pull-from-mirror\" is \"\(word.prefix(80))\"; it is all, digest-only "
                        + "or tag-only"
                )
            }
            guard !isDigestOnly else {
                throw RegistriesConfError(
                    .inconsistent,
                    "\(line("pull-from-mirror")): \"pull-from-mirror\" cannot stand beside \"mirror-by-digest-only\" of "
                        + "\"\(prefix)\"; take one of them out"
                )
            }
            use = known
        }
        return RegistryRule.Mirror(
            location: location,
            isInsecure: try bool(table["insecure"], key: "insecure", at: line("insecure")),
            use: isDigestOnly ? .digestOnly : use
        )
    }

    /// One image can be taken for one image only.
    private func check(
        _ location: RegistryPlace?,
        fits prefix: RegistryPrefix,
        at place: String
    ) throws(RegistriesConfError) {
        guard let location else { return }
        var one: RegistryPlace?
        if case .place(let place) = prefix, place.image != nil { one = place }
        guard (one == nil) == (location.image == nil) else {
            throw RegistriesConfError(
                .inconsistent,
                "\(place): \"\(location)\" takes the place of \"\(prefix)\", so both must name a tag or digest, or neither"
            )
        }
    }

    /// A registry that is named several times must mean the same.
    private func refuseConflicts() throws(RegistriesConfError) {
        var seen: [String: RegistryRule] = [:]
        for rule in rules {
            let name = rule.location.map { "\($0)" } ?? "\(rule.prefix)"
            guard let other = seen[name] else {
                seen[name] = rule
                continue
            }
            guard rule.isInsecure == other.isInsecure, rule.isBlocked == other.isBlocked else {
                throw RegistriesConfError(
                    .inconsistent,
                    "\(rule.origin): \"\(name)\" has another \"insecure\" or \"blocked\" than in \(other.origin); make "
                        + "them the same"
                )
            }
        }
    }
}
