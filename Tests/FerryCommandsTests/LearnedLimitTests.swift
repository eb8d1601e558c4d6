import FerryTestSupport
import Foundation
import OCIModel
import RegistryServer
import Testing

@Suite("What is learnt of a registry") struct LearnedLimitTests {
    @Test("a later run begins with the size of bodies that an earlier one has found to pass")
    func largestBody() async throws {
        try await withScene { scene, source in
            let limit = FaultRule(.status(413), on: .bodies(over: 300_000))
            try await withRegistry(faults: [limit]) { target in
                var refused: [Int] = []
                for run in 1...2 {
                    let image = try TestImage.random(layers: [1_100_000])
                    let name = try await source.publish(image, as: "team/app:v\(run)")
                    try scene.write(ImageSetText.make(images: [[name]]), to: "isc.yaml")
                    let before = target.faults.appliedCount
                    try await scene.ferry(
                        "mirror",
                        "-c",
                        "isc.yaml",
                        "--workspace",
                        "file://work",
                        "docker://127.0.0.1:\(target.address.port)"
                    )
                    refused.append(target.faults.appliedCount - before)
                }
                #expect((refused.first ?? 0) >= 2, "\(refused)")
                #expect(refused.last == 0)
                let text = try scene.text("work/working-dir/hosts.json")
                #expect(text.contains("\"largestBody\" : 275000"), "\(text)")
                #expect(text.contains("\"127.0.0.1:\(target.address.port)\""))
            }
        }
    }
}
