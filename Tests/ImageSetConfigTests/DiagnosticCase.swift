import Testing

@testable import ImageSetConfig

/// A piece of `mirror` and what must be said about it.
struct DiagnosticCase: CustomTestStringConvertible {
    let mirror: String
    let errors: [String]
    let place: String?
    let warnings: [String]
    let help: String?

    init(_ mirror: String, _ errors: [String], at place: String? = nil, warnings: [String] = [], help: String? = nil) {
        (self.mirror, self.errors, self.place, self.warnings, self.help) = (mirror, errors, place, warnings, help)
    }

    var testDescription: String { mirror }

    func check() {
        let outcome = Outcome(mirror: mirror)
        #expect(outcome.errors == errors, "\(outcome.rendered)")
        #expect(outcome.warnings == warnings, "\(outcome.rendered)")
        if let place { #expect(outcome.place == place, "\(outcome.rendered)") }
        if let help { #expect(outcome.rendered.contains(help), "\(outcome.rendered)") }
        #expect((outcome.configuration != nil) == errors.isEmpty)
    }
}

extension DiagnosticCase {
    private static let digest = "sha256:" + String(repeating: "a", count: 64)

    static let keys: [DiagnosticCase] = [
        DiagnosticCase("operatrs: []", ["unknownKey"], at: "3:3", help: "did you mean `operators`?"),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  packages:\n  - name: x\n    minVerson: '1'",
            ["unknownKey"],
            at: "7:7",
            help: "did you mean `minVersion`?"
        ),
        DiagnosticCase("graph: true", ["unknownKey"], help: "`graph` belongs to `mirror.platform`"),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  targetName: x",
            ["unknownKey"],
            at: "5:5",
            help: "`targetName` was a v1 field: use `targetCatalog`"
        ),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  packages:\n  - name: x\n    channels:\n    - name: c\n      minBundle: z",
            ["unknownKey"],
            help: "`minBundle` was a v1 field"
        ),
        DiagnosticCase(
            "platform:\n  platforms:\n  - {os: linux, architecture: arm64, variant: v8}",
            ["unknownKey"]
        ),
        DiagnosticCase("Platform:\n  CHANNELS:\n  - Name: stable-4.18\n    MinVersion: 4.18.1", []),
        DiagnosticCase("helm: {}\nhelm: {}", ["duplicateKey"], at: "4:3", warnings: []),
        DiagnosticCase(
            "platform:\n  graph: true\n  Graph: false",
            ["duplicateKey"],
            at: "5:5",
            help: "first in line 4"
        ),
        DiagnosticCase("a: 1\nb: 2\na: 3\nb: 4", ["unknownKey", "unknownKey", "duplicateKey", "duplicateKey"]),
        DiagnosticCase("? [a]\n: b", ["complexKey"]),
        DiagnosticCase("{[a]: b}", ["complexKey"]),
    ]

    static let types: [DiagnosticCase] = [
        DiagnosticCase(
            "platform:\n  channels:\n  - name: stable-4.15\n    minVersion: 4.15",
            ["wrongType"],
            at: "6:19",
            help: "put it into quotes: \"4.15\""
        ),
        DiagnosticCase("platform:\n  channels:\n  - name: stable-4.15\n    minVersion: 4.15.3", []),
        DiagnosticCase("platform: {graph: \"true\"}", ["wrongType"], help: "remove the quotes: true"),
        DiagnosticCase("platform: {graph: yes, kubeVirtContainer: On}", []),
        DiagnosticCase("platform: {graph: y}", []),
        DiagnosticCase("platform: {graph: yess}", ["wrongType"], help: "write true or false"),
        DiagnosticCase("platform: {graph: 1}", ["wrongType"]),
        DiagnosticCase("platform: []", ["wrongType"]),
        DiagnosticCase("platform: text", ["wrongType"]),
        DiagnosticCase("platform:\nhelm: ~\noperators: null\n", [], warnings: ["emptyConfiguration"]),
        DiagnosticCase("additionalImages: q.io/a:1", ["wrongType"], help: "put \"- \" in front"),
        DiagnosticCase("additionalImages:\n- q.io/a:1", ["wrongType"], help: "write `name: q.io/a:1`"),
        DiagnosticCase("additionalImages:\n- name: [a]", ["wrongType"]),
        DiagnosticCase("additionalImages:\n- name: no", ["wrongType"], help: "put it into quotes: \"no\""),
        DiagnosticCase("additionalImages:\n- name: !!str 4:1", []),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n  packages: {name: x}", ["wrongType"]),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n  packages:\n  - name: 7", ["wrongType"], at: "6:13"),
        DiagnosticCase(
            "platform: {platforms: linux, architectures: [amd64]}",
            ["wrongType"],
            warnings: ["deprecatedField"]
        ),
    ]

    static let images: [DiagnosticCase] = [
        DiagnosticCase(
            "additionalImages:\n- name: q.io/a/b",
            ["invalidReference"],
            help: "neither a tag nor a digest"
        ),
        DiagnosticCase("additionalImages:\n- name: q.io/a/b:1\n- name: q.io/a/b@\(digest)", []),
        DiagnosticCase("additionalImages:\n- name: q.io/a/b:1@\(digest)", []),
        DiagnosticCase("additionalImages:\n- name: q.io/a/b@\(digest)00", ["invalidReference"], help: "it has 66"),
        DiagnosticCase("additionalImages:\n- name: nginx:1\n- name: localhost:5000", []),
        DiagnosticCase("additionalImages:\n- name: oci:///srv/image", []),
        DiagnosticCase("additionalImages:\n- name: oci://", ["invalidReference"]),
        DiagnosticCase("additionalImages:\n- name: oci:///srv/image@x", ["invalidReference"]),
        DiagnosticCase(
            "additionalImages:\n- name: dir:///srv/image",
            ["invalidReference"],
            help: "the transports are"
        ),
        DiagnosticCase("additionalImages:\n- name: docker://a://b:1", ["invalidReference"]),
        DiagnosticCase("additionalImages:\n- name: ''", ["emptyName"]),
        DiagnosticCase("additionalImages:\n- targetRepo: a/b", ["emptyName"]),
        DiagnosticCase("additionalImages:\n-", ["emptyName"]),
        DiagnosticCase("additionalImages: []", [], warnings: ["emptyConfiguration"]),
        DiagnosticCase("additionalImages:\n- name: q.io/a:1\n  targetRepo: A/b", ["invalidPath"], at: "5:17"),
        DiagnosticCase("additionalImages:\n- name: q.io/a:1\n  targetTag: a/b", ["invalidTag"]),
        DiagnosticCase("additionalImages:\n- name: q.io/a:1\n  platforms:\n  - os: linux", ["invalidPlatform"]),
        DiagnosticCase(
            "additionalImages:\n- name: q.io/a:1\n  platforms:\n  - {os: '', architecture: ''}",
            ["invalidPlatform", "invalidPlatform"]
        ),
        DiagnosticCase("additionalImages:\n- name: q.io/a:1\n- name: q.io/a:1", [], warnings: ["duplicateEntry"]),
        DiagnosticCase(
            "blockedImages:\n- name: 'a(?=b)'\nplatform: {graph: on}",
            ["invalidPattern"],
            at: "4:11",
            help: "look-around"
        ),
        DiagnosticCase(
            "blockedImages:\n- name: *.foo",
            ["undefinedAlias"],
            help: "quote it"
        ),
        DiagnosticCase("blockedImages:\n- name: ''\nplatform: {graph: on}", [], warnings: ["emptyName"]),
        DiagnosticCase("samples:\n- name: ruby\nplatform: {graph: on}", [], warnings: ["ignoredField"]),
    ]

    static let releases: [DiagnosticCase] = [
        DiagnosticCase("platform:\n  channels:\n  - name: a\n  - name: a", ["duplicateEntry"], at: "6:7"),
        DiagnosticCase("platform:\n  channels:\n  - {}", ["emptyName"]),
        DiagnosticCase("platform:\n  channels:\n  - name: a\n    type: foo", [], warnings: ["unknownValue"]),
        DiagnosticCase(
            "platform:\n  channels:\n  - name: a\n    minVersion: '4.15'",
            ["invalidVersion"],
            help: "4.15.0"
        ),
        DiagnosticCase("platform:\n  channels:\n  - name: a\n    minVersion: v4.15.1", ["invalidVersion"]),
        DiagnosticCase(
            "platform:\n  channels:\n  - name: a\n    minVersion: 4.16.1\n    maxVersion: 4.16.0",
            ["emptyVersionRange"],
            at: "6:19"
        ),
        DiagnosticCase(
            "platform:\n  channels:\n  - name: a\n    minVersion: 4.16.1\n    maxVersion: 4.16.3\n    full: true",
            [],
            warnings: ["ignoredField"]
        ),
        DiagnosticCase(
            "platform:\n  architectures: [arm64, x86_64]",
            [],
            warnings: ["emptyConfiguration", "deprecatedField", "unknownValue"],
            help: "did you mean `amd64`?"
        ),
        DiagnosticCase(
            "platform:\n  graph: true\n  architectures: [arm64]\n  platforms: [{os: linux, architecture: arm64}]",
            ["conflictingFields"],
            at: "5:5",
            warnings: ["deprecatedField"]
        ),
        DiagnosticCase(
            "platform:\n  graph: true\n  architectures: []\n  platforms: [{os: linux, architecture: arm64}]",
            []
        ),
        DiagnosticCase(
            "platform:\n  release: q.io/a/b:1\n  channels: [{name: a, minVersion: x}]",
            [],
            warnings: ["ignoredField", "invalidVersion"]
        ),
        DiagnosticCase("platform:\n  release: q.io/a/b", ["invalidReference"]),
        DiagnosticCase("platform:\n  release: oci:///a", ["invalidReference"]),
    ]

    static let operators: [DiagnosticCase] = [
        DiagnosticCase("operators:\n- full: true", ["emptyName"]),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n- catalog: docker://q.io/a:1",
            ["duplicateEntry"],
            at: "5:5"
        ),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n- catalog: q.io/a:1\n  targetTag: b", []),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n- catalog: q.io/b:1\n  targetCatalog: a",
            ["duplicateEntry"]
        ),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n  targetCatalog: a:b", ["invalidPath"]),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n  targetTag: .b", ["invalidTag"]),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n  packages: [{name: x}, {name: x}]", ["duplicateEntry"]),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n  packages: [{name: ''}]", ["emptyName"]),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n  packages: []", []),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  packages: [{name: x, minVersion: '1', maxVersion: v1.2}]",
            []
        ),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  packages: [{name: x, minVersion: '1.x'}]",
            ["invalidVersion"]
        ),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  packages: [{name: x, minVersion: '2', maxVersion: '1'}]",
            ["emptyVersionRange"]
        ),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  full: true\n  packages: [{name: x, minVersion: '2'}]",
            ["conflictingFields"]
        ),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  packages: [{name: x, channels: [{name: c}, {name: c}]}]",
            ["duplicateEntry"]
        ),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  packages: [{name: x, minVersion: '1', channels: [{name: c, maxVersion: '2'}, {name: d, minVersion: '1'}]}]",
            ["mixedRanges", "mixedRanges"]
        ),
        DiagnosticCase(
            "operators:\n- catalog: q.io/a:1\n  packages: [{name: x, defaultChannel: d, channels: [{name: c}]}]",
            ["defaultChannelNotSelected"]
        ),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n  packages: [{name: x, defaultChannel: d}]", []),
        DiagnosticCase("operators:\n- catalog: q.io/a:1\n  skipDependencies: true", [], warnings: ["ignoredField"]),
        DiagnosticCase("operators:\n- catalog: oci:///srv/cat\n  targetCatalog: a/b\n  targetTag: v1", []),
    ]

    static let helm: [DiagnosticCase] = [
        DiagnosticCase("helm:\n  repositories:\n  - name: a", ["emptyName"]),
        DiagnosticCase("helm:\n  repositories:\n  - {name: a, url: 'oci://q.io/a'}", [], warnings: ["invalidURL"]),
        DiagnosticCase(
            "helm:\n  repositories:\n  - {name: a, url: 'https://a/', charts: [{version: '1'}]}",
            ["emptyName"]
        ),
        DiagnosticCase(
            "helm:\n  repositories:\n  - {name: a, url: 'https://a/', charts: [{name: b, version: 5.0}]}",
            ["wrongType"]
        ),
        DiagnosticCase("helm:\n  local:\n  - {name: a}", ["emptyName"]),
        DiagnosticCase("helm:\n  local:\n  - {path: a, imagePaths: ['{.spec.image}', 5]}", ["wrongType"]),
        DiagnosticCase(
            "helm:\n  repositories: [{name: a, url: 'https://a/'}, {name: a, url: 'https://b/'}]",
            [],
            warnings: ["duplicateEntry"]
        ),
    ]

    static let all = keys + types + images + releases + operators + helm
}
