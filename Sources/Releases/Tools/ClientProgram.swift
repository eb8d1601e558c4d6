/// A client program that a release brings along, for one platform.
///
/// The table is that of `oc adm release extract --command`; upstream treats it as an interface that does not change.
package struct ClientProgram: Hashable, Sendable {
    /// The name of the image that has it.
    package let component: String
    /// Where it is in the image, without the first `/`; several when that depends on the release, the likeliest first.
    package let paths: [String]
    /// Whether the image must be the one for the program's own platform; else one image has the programs of all.
    package let needsPlatform: Bool
    /// The platform that it runs on.
    package let platform: ClientPlatform
    /// The name of the file that it is written to.
    package let fileName: String
    /// What is written into it.
    package let markers: [ReleaseMarker]

    /// The names of the programs, as `--command` takes them.
    package static let names = rows.map(\.name)

    /// Whether a program without an area for this value is of no use.
    package func requires(_ marker: ReleaseMarker) -> Bool { marker == .image && markers.contains(.image) }

    /// The platforms that a program is there for, in a release of an architecture.
    package static func platforms(of name: String, inReleaseFor architecture: String) -> [ClientPlatform] {
        guard let row = rows.first(where: { $0.name == name }) else { return [] }
        let linux = row.artifacts == nil ? [] : ["amd64", "arm64", "ppc64le", "s390x"]
        var platforms = ([architecture] + linux.filter { $0 != architecture }).map {
            ClientPlatform(os: .linux, architecture: $0)
        }
        if row.macName != nil {
            platforms += ["amd64", "arm64"].map { ClientPlatform(os: .mac, architecture: $0) }
        }
        if row.windowsName != nil { platforms.append(ClientPlatform(os: .windows, architecture: "amd64")) }
        return platforms
    }

    /// Finds a program.
    ///
    /// - Parameters:
    ///   - name: one of ``names``.
    ///   - platform: where it is to run.
    ///   - architecture: that of the release.
    /// - Returns: the program; nil when there is none for the platform.
    package static func find(
        _ name: String,
        for platform: ClientPlatform,
        inReleaseFor architecture: String
    ) -> ClientProgram? {
        guard let row = rows.first(where: { $0.name == name }),
            platforms(of: name, inReleaseFor: architecture).contains(platform)
        else { return nil }
        func program(_ component: String, _ paths: [String], needsPlatform: Bool, file: String) -> ClientProgram {
            ClientProgram(
                component: component,
                paths: paths,
                needsPlatform: needsPlatform,
                platform: platform,
                fileName: file,
                markers: row.markers
            )
        }
        let folder = "usr/share/openshift"
        let artifacts = row.artifacts ?? ""
        switch platform.os {
        case .linux where platform.architecture == architecture && !row.onlyArtifacts:
            return program(row.component, row.paths, needsPlatform: true, file: row.file)
        case .linux:
            let path = "\(folder)/linux_\(platform.architecture)/\(row.linuxName)"
            return program(artifacts, [path], needsPlatform: false, file: row.file)
        case .mac:
            let part = platform.architecture == "amd64" ? "mac" : "mac_\(platform.architecture)"
            return row.macName.map {
                program(artifacts, ["\(folder)/\(part)/\($0)"], needsPlatform: false, file: row.file)
            }
        case .windows:
            return row.windowsName.map {
                program(artifacts, ["\(folder)/windows/\($0)"], needsPlatform: false, file: "\(row.file).exe")
            }
        }
    }

    /// What is known of one program.
    private struct Row: Sendable {
        var name: String
        var file: String
        /// The image with the program for the release's own architecture, and the paths there.
        var component: String
        var paths: [String]
        /// The image with those for others; nil when there is none.
        var artifacts: String?
        /// The name of the programs for Linux there.
        var linuxName = ""
        /// Whether the program for the release's own architecture is there too, and not elsewhere.
        var onlyArtifacts = false
        var macName: String?
        var windowsName: String?
        var markers: [ReleaseMarker]

        /// The same under another name.
        func named(_ name: String, file: String) -> Row {
            var row = self
            row.name = name
            row.file = file
            return row
        }
    }

    private static let rows: [Row] = {
        let oc = Row(
            name: "oc",
            file: "oc",
            component: "cli",
            paths: ["usr/bin/oc"],
            artifacts: "cli-artifacts",
            linuxName: "oc",
            macName: "oc",
            windowsName: "oc.exe",
            markers: [.version]
        )
        // Upstream makes kubectl a second name of oc, which acts by the name that it is called by.
        let kubectl = oc.named("kubectl", file: "kubectl")
        let variants = ["rhel8", "rhel9"].map { variant in
            var row = oc.named("oc.\(variant)", file: "oc")
            row.linuxName = "oc.\(variant)"
            row.onlyArtifacts = true
            row.macName = nil
            row.windowsName = nil
            return row
        }
        let installer = Row(
            name: "openshift-install",
            file: "openshift-install",
            component: "installer",
            paths: ["usr/bin/openshift-install", "bin/openshift-install"],
            artifacts: "installer-artifacts",
            linuxName: "openshift-install",
            macName: "openshift-install",
            markers: [.image, .version, .architecture]
        )
        let bare = ["openshift-baremetal-install", "openshift-install-fips"].map { name in
            var row = installer.named(name, file: name)
            row.component = "baremetal-installer"
            row.artifacts = nil
            row.macName = nil
            return row
        }
        let ccoctl = ["ccoctl", "ccoctl.rhel8", "ccoctl.rhel9"].map { name in
            Row(
                name: name,
                file: "ccoctl",
                component: "cloud-credential-operator",
                paths: ["usr/bin/\(name)"],
                markers: []
            )
        }
        return [oc, kubectl] + variants + [installer] + bare + ccoctl
    }()
}
