import OCIModel
import Testing

@testable import ClusterResources

@Suite("The update service file")
struct UpdateServiceFileTests {
    private func file(_ graph: String) throws -> ResourceFile {
        try UpdateServiceFile.make(
            graphDataImage: ImageReference(graph),
            releases: Repository("mirror.lab:5000/ocp/openshift/release-images"),
            author: ResourceAuthor(version: "0.1.0")
        )
    }

    @Test("It has the shape that the operator's documentation gives")
    func whole() throws {
        let file = try file("mirror.lab:5000/ocp/openshift/graph-image:latest")
        #expect(file.name == "updateService.yaml")
        #expect(
            String(decoding: file.bytes, as: UTF8.self) == """
                ---
                apiVersion: updateservice.operator.openshift.io/v1
                kind: UpdateService
                metadata:
                  annotations:
                    createdBy: ferry
                    ferry_version: 0.1.0
                  name: update-service-oc-mirror
                  namespace: openshift-update-service
                spec:
                  graphDataImage: mirror.lab:5000/ocp/openshift/graph-image:latest
                  releases: mirror.lab:5000/ocp/openshift/release-images
                  replicas: 2

                """
        )
    }

    @Test("A graph image that cannot be pulled is refused")
    func withoutVersion() throws {
        #expect(try !file("mirror.lab:5000/graph@\(SampleImages.digest("a"))").bytes.isEmpty)
        let error = #expect(throws: ClusterResourcesError.self) { try file("mirror.lab:5000/graph") }
        #expect(error?.code == .imageWithoutVersion)
    }
}
