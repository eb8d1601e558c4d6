import FerryTestSupport
import Foundation
import Testing

@testable import ClusterAccess

struct KubeconfigLocationsTests {
    @Test(
        arguments: [
            ("/x", ["KUBECONFIG": "/a", "HOME": "/h"], ["/x"]),
            (nil, ["KUBECONFIG": "/a:/b::/a:c", "HOME": "/h"], ["/a", "/b", "c"]),
            (nil, ["KUBECONFIG": "", "HOME": "/h"], ["/h/.kube/config"]),
            (nil, ["KUBECONFIG": "::", "HOME": "/h"], ["/h/.kube/config"]),
            (nil, ["HOME": ""], []), (nil, [:], []),
        ] as [(String?, [String: String], [String])]
    )
    func `looks where kubectl looks`(explicit: String?, environment: [String: String], paths: [String]) {
        #expect(KubeconfigLocations(explicit: explicit, environment: environment).paths == paths)
    }

    @Test(arguments: [
        ("/k/config", "ca.pem", "/k/ca.pem"), ("/k/config", "/ca.pem", "/ca.pem"), ("config", "ca.pem", "ca.pem"),
        ("a/config", "../ca.pem", "a/../ca.pem"), ("/config", "ca.pem", "/ca.pem"),
    ])
    func `resolves paths against the file that has them`(config: String, path: String, resolved: String) {
        #expect(KubeconfigFile.resolve(path, namedIn: config) == resolved)
    }

    @Test func `tells what is not there`() {
        for (explicit, environment, word) in [
            ("/none/x", [:], "--kubeconfig"), (nil, ["KUBECONFIG": "/none/a:/none/b"], "/none/b"),
            (nil, ["HOME": "/none"], "/none/.kube/config"), (nil, [:], "oc login"),
        ] as [(String?, [String: String], String)] {
            let error = #expect(throws: ClusterAccessError.self) {
                try ClusterConnection.load(kubeconfig: explicit, context: nil, environment: environment)
            }
            #expect(error?.code == .kubeconfigNotFound)
            #expect(error?.message.contains(word) == true)
        }
    }

    @Test func `reads bounded files, and no folders`() async throws {
        try await withTemporaryFolder { folder in
            let large = "\(folder)/large"
            try Data(repeating: 0x20, count: KubeconfigFile.maximumBytes + 1).write(to: URL(fileURLWithPath: large))
            for path in [large, folder, "/dev/zero", "a\0b"] {
                let error = #expect(throws: ClusterAccessError.self) { _ = try KubeconfigFile.read(path) }
                #expect(error?.code == .unreadableFile)
            }
            #expect(try KubeconfigFile.read("\(large)/below") == nil)
            try Data("x".utf8).write(to: URL(fileURLWithPath: large))
            #expect(try KubeconfigFile.read(large) == [0x78])
        }
    }
}
