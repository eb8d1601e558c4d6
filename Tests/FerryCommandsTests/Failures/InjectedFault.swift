import FerryTestSupport
import Foundation
import OCIModel
import Testing

/// Something that goes wrong, the command that meets it, and what its message must say.
struct InjectedFault: Sendable, CustomTestStringConvertible {
    /// Which command meets the fault.
    enum Way: Sendable {
        /// Registry to registry.
        case mirror
        /// Registry to media.
        case build
        /// Media to registry; the set is made before anything is wrong.
        case importing
        /// `ferry plan`.
        case plan
        /// `ferry verify docker://…`; everything is mirrored before anything is wrong.
        case verify
        /// `ferry verify docker://… --deep`.
        case verifyDeep
        /// `ferry verify file://…`.
        case verifyMedia
    }

    /// The name of the golden file.
    let name: String
    let way: Way
    /// The documented exit code.
    let exits: Int32
    /// What the message must say of the cause.
    let cause: [String]
    /// Whether one image is at fault, so that it and why it is wanted must be named.
    var isAboutImage = true
    /// The host that must be named; nil for faults without one.
    var host: Host? = .source
    /// Words of the next step.
    let nextStep: String
    var needsMounts = false
    /// Changes files, names or arguments after everything is prepared.
    var change: @Sendable (inout FaultStage) async throws -> Void = { _ in }
    var onSource: @Sendable (FaultStage) -> [FaultRule] = { _ in [] }
    var onTarget: @Sendable (FaultStage) -> [FaultRule] = { _ in [] }

    /// Which of the registries.
    enum Host: Sendable {
        case source
        case target
        case named(String)
    }

    var testDescription: String { name }
}

/// Where a fault is injected: two registries, and two images, the second of which is bad.
struct FaultStage: Sendable {
    let scene: Scene
    let source: TestRegistry
    let target: TestRegistry
    let good: TestImage
    let bad: TestImage
    /// The bad image as the configuration names it.
    var reference: String
    /// What stands behind `docker://`.
    var destination: String
    /// The media folder.
    var media = "set"
    /// The lock file of verifications.
    var lock = "ws/working-dir/lock.json"
    /// Further arguments.
    var arguments: [String] = []
    /// What must live as long as the command runs.
    var kept: [any Sendable] = []

    var layer: Digest { bad.layers[1].descriptor.digest }

    /// Requests for the manifest of the bad image.
    var manifest: FaultRule.Target { .path(containing: "/team/app/manifests/", method: "GET") }

    init(_ scene: Scene, _ source: TestRegistry, _ target: TestRegistry) async throws {
        self.scene = scene
        self.source = source
        self.target = target
        good = try TestImage(seed: 1)
        bad = try TestImage(seed: 2)
        try await source.publish(good, as: "team/good:v1")
        reference = try await source.publish(bad, as: "team/app:v1")
        destination = "\(target.name)/m"
    }

    /// Writes the configuration.
    func configure() throws {
        try scene.write(ImageSetText.make(images: [["\(source.name)/team/good:v1"], [reference]]), to: "isc.yaml")
    }

    private static let mirror = ["mirror", "-c", "isc.yaml", "--workspace", "file://ws"]

    /// Does what comes before the fault.
    func prepare(_ way: InjectedFault.Way) async throws {
        try configure()
        switch way {
        case .mirror, .build, .plan: break
        case .importing, .verifyMedia: try await scene.ferry("mirror", "-c", "isc.yaml", "file://\(media)")
        case .verify, .verifyDeep: try await scene.ferry(arguments: Self.mirror + ["docker://\(destination)"])
        }
    }

    /// The command that meets the fault.
    func command(_ way: InjectedFault.Way) -> [String] {
        let command =
            switch way {
            case .mirror: Self.mirror + ["docker://\(destination)"]
            case .build: ["mirror", "-c", "isc.yaml", "file://\(media)"]
            case .importing:
                ["mirror", "--from", "file://\(media)", "--workspace", "file://in", "docker://\(destination)"]
            case .plan: ["plan", "-c", "isc.yaml", "--workspace", "file://ws"]
            case .verify: ["verify", "docker://\(destination)", "--lock", lock]
            case .verifyDeep: ["verify", "docker://\(destination)", "--lock", lock, "--deep"]
            case .verifyMedia: ["verify", "file://\(media)"]
            }
        return command + ["--retry-times", "1", "--retry-delay", "1ms", "--progress", "none"] + arguments
    }
}
