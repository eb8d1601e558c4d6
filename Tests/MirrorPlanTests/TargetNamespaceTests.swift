import MirrorPlan
import OCIModel
import Testing

@Suite("Target namespace")
struct TargetNamespaceTests {
    @Test(
        arguments: [
            ("mirror.lab:5000", nil, "openshift/release", "openshift/release"),
            ("mirror.lab:5000/ocp", nil, "openshift/release", "ocp/openshift/release"),
            ("mirror.lab:5000/ocp/", nil, "a", "ocp/a"),
            ("mirror.lab/a/b", 2, "c/d/e", "a/b-c-d-e"),
            ("mirror.lab/a", 3, "b/c/d", "a/b/c-d"),
            ("mirror.lab", 2, "a/b", "a/b"),
            ("mirror.lab", 1, "a/b/c", "a-b-c"),
            ("mirror.lab", 0, "a/b/c", "a/b/c"),
            ("localhost:5000", nil, "a", "a"),
            ("[::1]:5000/x", nil, "a", "x/a"),
        ] as [(String, Int?, String, String)]
    )
    func pathsAreNestedLikeOcMirror(text: String, limit: Int?, destination: String, expected: String) throws {
        let namespace = try TargetNamespace(text, maxNestedPaths: limit)
        #expect(try namespace.repository(for: RepositoryPath(destination)).text == expected)
    }

    @Test(arguments: [
        "", "mirror", "mirror/ocp", "mirror.lab/UPPER", "mirror.lab/a:tag", "mirror.lab/a@sha256:0", "mirror.lab//a",
    ])
    func badDestinationsAreRefused(text: String) {
        let error = #expect(throws: MirrorPlanError.self) { try TargetNamespace(text) }
        #expect(error?.code == .invalidDestination)
    }

    @Test func aPasswordInADestinationIsNotRepeated() {
        let error = #expect(throws: MirrorPlanError.self) { try TargetNamespace("bob:sekret@mirror.lab:5000/x") }
        #expect(error?.code == .invalidDestination)
        #expect(error.map { $0.message.contains("sekret") || $0.subject.contains("sekret") } == false)
    }
}
