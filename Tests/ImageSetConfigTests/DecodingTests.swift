import OCIModel
import SemanticVersion
import Testing

@testable import ImageSetConfig

@Suite("Decoded values")
struct DecodingTests {
    private static let digest = "sha256:" + String(repeating: "a", count: 64)

    @Test("Every field arrives where it belongs, with its place")
    func everything() throws {
        let text = """
            apiVersion: mirror.openshift.io/v2alpha1
            kind: ImageSetConfiguration
            archiveSize: 4
            mirror:
              platform:
                graph: true
                kubeVirtContainer: true
                channels:
                - name: stable-4.18
                  minVersion: 4.18.1
                  maxVersion: 4.18.9
                  shortestPath: true
                - {name: stable-scos, type: okd, full: true}
              operators:
              - catalog: registry.redhat.io/redhat/redhat-operator-index:v4.18
                targetCatalog: mine/index
                targetTag: v1
                targetCatalogSourceTemplate: /tmp/template.yaml
                platforms: [{os: linux, architecture: s390x}]
                packages:
                - name: foo
                  defaultChannel: beta
                  channels: [{name: beta, minVersion: 0.2.0, maxVersion: 0.3.1}]
                - {name: bar, minVersion: '1.2'}
              - {catalog: 'oci:///srv/catalog', full: true}
              additionalImages:
              - name: docker://quay.io/a/b:1@\(Self.digest)
                targetRepo: custom-ns/b
                targetTag: two
              - name: oci://folder
              blockedImages: [{name: alpine}]
              helm:
                repositories:
                - {name: r, url: 'https://charts.example.com/', charts: [{name: c, version: 5.0.0, imagePaths: ['{.a}']}]}
                - {name: all, url: 'https://charts.example.com/'}
                - {name: none, url: 'https://charts.example.com/', charts: []}
                local: [{name: l, path: /charts/l.tgz}]
            """
        let outcome = Outcome(text)
        let configuration = try #require(outcome.configuration, "\(outcome.rendered)")
        #expect(outcome.diagnostics.isEmpty)
        #expect(configuration.kind == .imageSet)
        #expect(configuration.source.bytes == Array(text.utf8))
        #expect(configuration.archiveSizeGiB == 4)
        #expect(configuration.place == ConfigurationPlace(path: "mirror", location: SourceLocation(line: 4, column: 1)))

        let platform = try #require(configuration.platform)
        #expect(platform.graph && platform.kubeVirtContainer)
        #expect(platform.place.location.line == 6)
        #expect(platform.requestedArchitectures == ["amd64"])
        #expect(platform.channels.map(\.name) == ["stable-4.18", "stable-scos"])
        #expect(platform.channels.map(\.product) == [.ocp, .okd])
        #expect(platform.channels.map(\.minimum) == [try SemanticVersion("4.18.1"), nil])
        #expect(platform.channels.map(\.maximum) == [try SemanticVersion("4.18.9"), nil])
        #expect(platform.channels.map(\.shortestPath) == [true, false])
        #expect(platform.channels.map(\.full) == [false, true])
        #expect(
            platform.channels.map(\.place.description) == [
                "mirror.platform.channels[0] (line 9)", "mirror.platform.channels[1] (line 13)",
            ]
        )

        let catalog = try #require(configuration.operators.first)
        #expect(
            catalog.source == .registry(try ImageReference("registry.redhat.io/redhat/redhat-operator-index:v4.18"))
        )
        #expect(catalog.uniqueName == "registry.redhat.io/mine/index:v1")
        #expect(catalog.targetCatalog?.text == "mine/index")
        #expect(catalog.targetTag?.text == "v1")
        #expect(catalog.targetCatalogSourceTemplate == "/tmp/template.yaml")
        #expect(catalog.platforms == [try Platform("linux/s390x")])
        #expect(catalog.packages.map(\.name) == ["foo", "bar"])
        #expect(catalog.packages.map(\.defaultChannel) == ["beta", nil])
        #expect(catalog.packages.map(\.versions.description) == ["*", ">=1.2"])
        #expect(catalog.packages.first?.channels.map(\.versions.description) == [">=0.2.0 <=0.3.1"])
        #expect(configuration.operators.last?.source == .ociLayout(path: "/srv/catalog", digest: nil))
        #expect(configuration.operators.last?.full == true)

        let image = try #require(configuration.additionalImages.first)
        #expect(image.name == "docker://quay.io/a/b:1@\(Self.digest)")
        #expect(image.source == .registry(try ImageReference("quay.io/a/b:1@\(Self.digest)")))
        #expect(image.targetRepo?.text == "custom-ns/b")
        #expect(image.targetTag?.text == "two")
        #expect(image.place.path == "mirror.additionalImages[0]")
        #expect(configuration.additionalImages.last?.source == .ociLayout(path: "folder", digest: nil))

        let helm = try #require(configuration.helm)
        #expect(helm.repositories.map { $0.charts?.count } == [1, nil, 0])
        #expect(helm.repositories.first?.charts?.first?.version == "5.0.0")
        #expect(helm.repositories.first?.charts?.first?.imagePaths == ["{.a}"])
        #expect(helm.local.map(\.path) == ["/charts/l.tgz"])
    }

    @Test("A release by reference")
    func release() throws {
        let outcome = Outcome(
            mirror:
                "platform:\n  release: quay.io/a/release@\(Self.digest)\n  platforms: [{os: linux, architecture: arm64}]"
        )
        let platform = try #require(outcome.configuration?.platform)
        #expect(platform.release?.digest?.description == Self.digest)
        #expect(platform.releaseText == "quay.io/a/release@\(Self.digest)")
        #expect(platform.releasePlace?.description == "mirror.platform.release (line 4)")
        #expect(platform.requestedArchitectures == ["multi"])
    }

    @Test("A delete file has the same sections")
    func delete() throws {
        let outcome = Outcome(
            "kind: DeleteImageSetConfiguration\ndelete:\n  platform: {channels: [{name: a}]}\n  additionalImages: [{name: 'q.io/a:1'}]",
            expecting: .deleteImageSet
        )
        let configuration = try #require(outcome.configuration, "\(outcome.rendered)")
        #expect(configuration.kind == .deleteImageSet)
        #expect(configuration.platform?.requestedArchitectures == ["amd64"])
        #expect(configuration.additionalImages.first?.place.description == "delete.additionalImages[0] (line 4)")
    }
}
