import Testing

@testable import Releases

@Suite struct ClientProgramTests {
    private static let table: [(String, String, String, String?)] = [
        ("oc", "linux", "amd64", "cli:usr/bin/oc>oc"),
        ("oc", "linux/arm64", "amd64", "cli-artifacts:usr/share/openshift/linux_arm64/oc>oc"),
        ("oc", "linux/amd64", "arm64", "cli-artifacts:usr/share/openshift/linux_amd64/oc>oc"),
        ("oc", "linux", "arm64", "cli:usr/bin/oc>oc"),
        ("oc", "mac", "amd64", "cli-artifacts:usr/share/openshift/mac/oc>oc"),
        ("oc", "darwin/arm64", "amd64", "cli-artifacts:usr/share/openshift/mac_arm64/oc>oc"),
        ("oc", "windows", "arm64", "cli-artifacts:usr/share/openshift/windows/oc.exe>oc.exe"),
        ("oc", "windows/arm64", "arm64", nil),
        ("oc", "linux/riscv64", "amd64", nil),
        ("kubectl", "linux", "amd64", "cli:usr/bin/oc>kubectl"),
        ("kubectl", "windows", "amd64", "cli-artifacts:usr/share/openshift/windows/oc.exe>kubectl.exe"),
        ("oc.rhel8", "linux", "amd64", "cli-artifacts:usr/share/openshift/linux_amd64/oc.rhel8>oc"),
        ("oc.rhel9", "mac", "amd64", nil),
        (
            "openshift-install", "linux", "s390x",
            "installer:usr/bin/openshift-install,bin/openshift-install>openshift-install"
        ),
        (
            "openshift-install", "linux/arm64", "amd64",
            "installer-artifacts:usr/share/openshift/linux_arm64/openshift-install>openshift-install"
        ),
        (
            "openshift-install", "mac/arm64", "amd64",
            "installer-artifacts:usr/share/openshift/mac_arm64/openshift-install>openshift-install"
        ),
        ("openshift-install", "windows", "amd64", nil),
        (
            "openshift-baremetal-install", "linux", "amd64",
            "baremetal-installer:usr/bin/openshift-install,bin/openshift-install>openshift-baremetal-install"
        ),
        ("openshift-install-fips", "linux/arm64", "amd64", nil),
        ("ccoctl.rhel9", "linux", "amd64", "cloud-credential-operator:usr/bin/ccoctl.rhel9>ccoctl"),
        ("nothing", "linux", "amd64", nil),
    ]

    @Test(arguments: table.indices)
    func isWhereOcTakesItFrom(index: Int) throws {
        let (name, text, architecture, expected) = Self.table[index]
        let platform = try #require(ClientPlatform(text, linuxArchitecture: architecture))
        let program = ClientProgram.find(name, for: platform, inReleaseFor: architecture)
        #expect(program.map { "\($0.component):\($0.paths.joined(separator: ","))>\($0.fileName)" } == expected)
        if let program { #expect(program.needsPlatform == !program.component.hasSuffix("artifacts")) }
    }

    @Test(arguments: ["", "linux/", "/amd64", "plan9", "linux/arm64/v8", "Linux"])
    func platformsThatAreNone(text: String) {
        #expect(ClientPlatform(text, linuxArchitecture: "amd64") == nil)
    }

    @Test func installersWithoutTheReleaseAreOfNoUse() throws {
        let platform = ClientPlatform(os: .linux, architecture: "amd64")
        let install = try #require(ClientProgram.find("openshift-install", for: platform, inReleaseFor: "amd64"))
        #expect(install.requires(.image) && !install.requires(.version))
        let oc = try #require(ClientProgram.find("oc", for: platform, inReleaseFor: "amd64"))
        #expect(!oc.requires(.image) && oc.markers == [.version])
    }
}
