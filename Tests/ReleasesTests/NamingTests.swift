import OCIModel
import Testing

@testable import Releases

@Suite struct ReleaseDestinationTests {
    private static let hex = String(repeating: "0f", count: 32)

    @Test(arguments: [
        ("quay.io/openshift-release-dev/ocp-release:4.15.1-x86_64", "4.15.1-x86_64", "4.15.1-x86_64-cli"),
        ("quay.io/a/b:4.15.1-multi@sha256:\(hex)", "4.15.1-multi", "4.15.1-multi-cli"),
        ("quay.io/a/b@sha256:\(hex)", hex, "\(hex)-cli"),
    ])
    func namesTags(payload: String, tag: String, component: String) throws {
        let destination = try ReleaseDestination(payload: ImageReference(payload))
        #expect(destination.payloadRepository.text == "openshift/release-images")
        #expect(destination.componentRepository.text == "openshift/release")
        #expect(destination.releaseTag.text == tag)
        #expect(try destination.tag(ofComponent: "cli").text == component)
    }

    @Test func refusesWhatMakesNoTag() throws {
        #expect { try ReleaseDestination(payload: ImageReference("quay.io/a/b")) } throws: {
            ($0 as? OCIModelError)?.code == .invalidReference
        }
        let destination = try ReleaseDestination(releaseTag: Tag("4.15.1"))
        #expect { try destination.tag(ofComponent: String(repeating: "a", count: 122)) } throws: {
            ($0 as? OCIModelError)?.code == .invalidTag
        }
        #expect { try destination.tag(ofComponent: "a b") } throws: { ($0 as? OCIModelError)?.code == .invalidTag }
    }
}

@Suite struct KubeVirtSelectionTests {
    @Test(arguments: [
        ([], [], ["x86_64"], []),
        ([], ["amd64"], ["x86_64"], []),
        ([], ["multi"], ["x86_64", "s390x"], []),
        ([], ["s390x", "amd64", "multi"], ["s390x", "x86_64"], []),
        ([], ["arm64", "ppc64le"], ["x86_64"], ["arm64", "ppc64le"]),
        (["linux/s390x"], ["amd64"], ["s390x"], []),
        (["linux/arm64", "linux/arm64"], [], ["x86_64", "s390x"], ["arm64"]),
        (["linux/arm64", "linux/amd64"], [], ["x86_64"], ["arm64"]),
    ])
    func choosesKeys(platforms: [String], architectures: [String], keys: [String], unsupported: [String]) throws {
        let selection = KubeVirtSelection(
            platforms: try platforms.map { try Platform($0) },
            architectures: architectures
        )
        #expect(selection.keys == keys)
        #expect(selection.unsupported == unsupported)
    }
}
