import FerryTestSupport
import Foundation
import OCIModel
import RegistryServer

extension InjectedFault {
    /// Every fault.
    static let all = reaching + readingManifests + readingBlobs + writing + refusing + files

    private static let again = "try again"

    /// Registries that cannot be reached, or are none.
    static let reaching: [InjectedFault] = [
        InjectedFault(
            name: "source-connection-refused",
            way: .mirror,
            exits: 8,
            cause: ["connection refused", "tried 2 times"],
            host: .named("127.0.0.1:1"),
            nextStep: "check that it runs",
            change: { $0.reference = "127.0.0.1:1/team/app:v1" }
        ),
        InjectedFault(
            name: "target-connection-refused",
            way: .mirror,
            exits: 1,
            cause: ["connection refused", "tried 2 times"],
            isAboutImage: false,
            host: .named("127.0.0.1:1"),
            nextStep: "check that it runs",
            change: { $0.destination = "127.0.0.1:1/m" }
        ),
        InjectedFault(
            name: "source-unknown-host",
            way: .plan,
            exits: 8,
            cause: ["not known to the resolver"],
            host: .named("registry.invalid"),
            nextStep: "check"
        ) { $0.reference = "registry.invalid/team/app:v1" },
        InjectedFault(
            name: "source-silent",
            way: .plan,
            exits: 8,
            cause: ["too long"],
            host: nil,
            nextStep: "check that it runs"
        ) { stage in
            let listener = try SilentListener()
            stage.kept.append(listener)
            stage.reference = "127.0.0.1:\(listener.port)/team/app:v1"
            stage.arguments = ["--image-timeout", "1500ms"]
        },
        InjectedFault(
            name: "target-no-registry",
            way: .mirror,
            exits: 1,
            cause: ["no container registry", "404"],
            isAboutImage: false,
            host: .target,
            nextStep: "check host and port",
            onTarget: { _ in
                [
                    FaultRule(
                        .answer(.init(status: 404, fields: ["Content-Type": "text/html"], body: "<html>")),
                        on: .any
                    )
                ]
            }
        ),
        InjectedFault(
            name: "target-html-for-everything",
            way: .mirror,
            exits: 1,
            cause: ["registry"],
            isAboutImage: false,
            host: .target,
            nextStep: "check host and port",
            onTarget: { _ in
                [
                    FaultRule(
                        .answer(
                            .init(status: 200, fields: ["Content-Type": "text/html"], body: "<html>Welcome</html>")
                        ),
                        on: .any
                    )
                ]
            }
        ),
        InjectedFault(
            name: "source-html-for-everything",
            way: .plan,
            exits: 8,
            cause: ["JSON"],
            nextStep: "correct the reference",
            onSource: { stage in
                [
                    FaultRule(
                        .answer(
                            .init(status: 200, fields: ["Content-Type": "text/html"], body: "<html>Welcome</html>")
                        ),
                        on: stage.manifest
                    )
                ]
            }
        ),
        InjectedFault(
            name: "source-redirect-loop",
            way: .plan,
            exits: 8,
            cause: ["redirected more than"],
            nextStep: "correct where",
            onSource: { stage in
                let place = "/v2/team/app/manifests/v1"
                return [
                    FaultRule(.answer(.init(status: 307, fields: ["Location": place], body: "")), on: stage.manifest)
                ]
            }
        ),
        InjectedFault(
            name: "source-redirect-to-tls-at-a-plain-port",
            way: .build,
            exits: 8,
            cause: ["TLS"],
            nextStep: "--src-tls-verify=false",
            onSource: { stage in
                let place = "https://\(stage.source.name)/v2/team/app/blobs/\(stage.layer)"
                return [
                    FaultRule(
                        .answer(.init(status: 307, fields: ["Location": place], body: "")),
                        on: .blob(stage.layer)
                    )
                ]
            }
        ),
    ]

    /// Manifests that the source does not give.
    static let readingManifests: [InjectedFault] = [
        manifest(
            "source-manifest-missing",
            .plan,
            .missing,
            cause: ["is not at its source"],
            next: "correct the name or tag"
        ),
        manifest("source-401", .mirror, .status(401), cause: ["credentials"], next: "log in there"),
        manifest(
            "source-403",
            .mirror,
            .status(403),
            cause: ["403", "TEST_FAULT: as the test asked for"],
            next: "has the rights"
        ),
        manifest("source-405", .plan, .status(405), cause: ["405"], next: "allow it there"),
        manifest(
            "source-429-for-ever",
            .mirror,
            .status(429, retryAfter: 0),
            cause: ["429", "tried 2 times"],
            next: again
        ),
        manifest(
            "source-500-html",
            .build,
            .answer(.init(status: 500, fields: ["Content-Type": "text/html"], body: "<html><b>Oops</b></html>")),
            cause: ["500", "tried 2 times"],
            next: again
        ),
        manifest("source-503", .plan, .status(503), cause: ["503", "tried 2 times"], next: again),
        manifest(
            "source-connection-closed",
            .plan,
            .close,
            cause: ["closed the connection", "tried 2 times"],
            next: again
        ),
        manifest("source-manifest-cut", .plan, .cutAnswer(afterBytes: 40), cause: ["tried 2 times"], next: again),
        manifest(
            "source-manifest-garbage",
            .plan,
            answer("{\"schemaVersion\":2"),
            cause: ["not the JSON of a manifest"],
            next: "correct the reference"
        ),
        manifest(
            "source-manifest-of-2015",
            .plan,
            answer("{\"schemaVersion\":1,\"name\":\"a\"}"),
            cause: ["2015"],
            next: "pushed anew"
        ),
        manifest(
            "source-manifest-too-large",
            .plan,
            answer(String(repeating: " ", count: 9 << 20)),
            cause: ["more than"],
            next: "correct the reference"
        ),
        manifest(
            "source-manifest-of-wrong-type",
            .plan,
            answer("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.helm.chart\",\"config\":{}}"),
            cause: ["application/vnd.helm.chart"],
            next: "correct the reference"
        ),
        InjectedFault(
            name: "source-manifest-wrong-digest",
            way: .plan,
            exits: 8 + 32,
            cause: ["hash to"],
            nextStep: "gives wrong bytes",
            change: { stage in stage.reference = "\(stage.source.name)/team/app@\(stage.bad.manifest.digest)" },
            onSource: { stage in [FaultRule(.corrupt(byteAt: 30), on: stage.manifest)] }
        ),
        InjectedFault(
            name: "source-credentials-service-down",
            way: .plan,
            exits: 8,
            cause: ["connection refused", "token"],
            nextStep: "check that it runs",
            onSource: { _ in
                let challenge = "Bearer realm=\"http://127.0.0.1:1/token\",service=\"s\""
                return [
                    FaultRule(
                        .answer(.init(status: 401, fields: ["WWW-Authenticate": challenge], body: "")),
                        // Of both images: whether the other one is asked for before or after is not known.
                        on: .path(containing: "/manifests/", method: "GET")
                    )
                ]
            }
        ),
        InjectedFault(
            name: "source-credentials-scheme-unknown",
            way: .plan,
            exits: 8,
            cause: ["not supported"],
            nextStep: "",
            onSource: { stage in
                [
                    FaultRule(
                        .answer(.init(status: 401, fields: ["WWW-Authenticate": "Negotiate"], body: "")),
                        on: stage.manifest
                    )
                ]
            }
        ),
    ]

    /// Blobs that the source does not give.
    static let readingBlobs: [InjectedFault] = [
        blob(
            "source-blob-missing",
            .mirror,
            8,
            { .init(.missing, on: .blob($0.layer)) },
            cause: ["has no blob"],
            next: "pushed there anew"
        ),
        blob(
            "source-blob-wrong-bytes",
            .mirror,
            40,
            { .init(.corrupt(byteAt: 9_000), on: .blob($0.layer)) },
            cause: ["hash to"],
            next: "pushed there anew"
        ),
        blob(
            "media-blob-wrong-bytes",
            .build,
            40,
            { .init(.corrupt(byteAt: 9_000), on: .blob($0.layer)) },
            cause: ["hash to"],
            next: "pushed there anew"
        ),
        blob(
            "source-blob-wrong-size",
            .mirror,
            40,
            { .init(.answer(.init(status: 200, body: "short")), on: .blob($0.layer)) },
            cause: ["5 bytes", "70000"],
            next: "gives wrong bytes"
        ),
        blob(
            "source-blob-cut",
            .build,
            8,
            { .init(.cutAnswer(afterBytes: 0), on: .blob($0.layer)) },
            cause: ["tried 2 times"],
            next: again
        ),
        blob(
            "source-blob-stalls",
            .mirror,
            8,
            { .init(.stallAnswer(afterBytes: 0), on: .blob($0.layer)) },
            cause: ["too long", "tried 2 times"],
            next: "check that it runs"
        ) { $0.arguments = ["--image-timeout", "1500ms"] },
        blob(
            "source-blob-503",
            .build,
            8,
            { .init(.status(503), on: .blob($0.layer)) },
            cause: ["503", "tried 2 times"],
            next: again
        ),
    ]

    private static func answer(_ text: String) -> FaultRule.Fault {
        .answer(.init(status: 200, fields: ["Content-Type": "application/vnd.oci.image.manifest.v1+json"], body: text))
    }

    private static func manifest(
        _ name: String,
        _ way: Way,
        _ fault: FaultRule.Fault,
        cause: [String],
        next: String
    ) -> InjectedFault {
        InjectedFault(
            name: name,
            way: way,
            exits: 8,
            cause: cause,
            nextStep: next,
            onSource: { [FaultRule(fault, on: $0.manifest)] }
        )
    }

    private static func blob(
        _ name: String,
        _ way: Way,
        _ exits: Int32,
        _ rule: @escaping @Sendable (FaultStage) -> FaultRule,
        cause: [String],
        next: String,
        change: @escaping @Sendable (inout FaultStage) async throws -> Void = { _ in }
    ) -> InjectedFault {
        InjectedFault(
            name: name,
            way: way,
            exits: exits,
            cause: cause,
            nextStep: next,
            change: change,
            onSource: { [rule($0)] }
        )
    }
}
