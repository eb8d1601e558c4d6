import FerryTestSupport
import Foundation
import OCIModel
import RegistryServer

extension InjectedFault {
    private static let uploads = FaultRule.Target { request in
        request.path.contains("/m/team/app/blobs/uploads") && request.method != "GET"
    }
    private static let reads = FaultRule.Target.path(containing: "/m/team/app/manifests/", method: "GET")
    private static let puts = FaultRule.Target.path(containing: "/m/team/app/manifests/", method: "PUT")

    private static func says(_ status: Int, _ code: String, _ message: String) -> FaultRule.Fault {
        let body = "{\"errors\":[{\"code\":\"\(code)\",\"message\":\"\(message)\"}]}"
        return .answer(.init(status: status, fields: ["Content-Type": "application/json"], body: body))
    }

    private static func target(
        _ name: String,
        _ way: Way,
        _ fault: FaultRule.Fault,
        on requests: FaultRule.Target,
        cause: [String],
        next: String,
        exits: Int32 = 8
    ) -> InjectedFault {
        InjectedFault(
            name: name,
            way: way,
            exits: exits,
            cause: cause,
            host: .target,
            nextStep: next,
            onTarget: { _ in [FaultRule(fault, on: requests)] }
        )
    }

    /// Uploads and read-backs that fail.
    static let writing: [InjectedFault] = [
        target("target-upload-405", .mirror, .status(405), on: uploads, cause: ["405"], next: "allow it there"),
        target(
            "target-upload-413",
            .importing,
            .status(413),
            on: uploads,
            cause: ["413"],
            next: "raise that limit"
        ),
        target(
            "target-upload-429",
            .mirror,
            .status(429, retryAfter: 0),
            on: uploads,
            cause: ["429", "tried 2 times"],
            next: "try again later"
        ),
        target(
            "target-upload-503",
            .importing,
            .status(503),
            on: uploads,
            cause: ["503", "tried 2 times"],
            next: "try again later"
        ),
        target(
            "target-upload-closed",
            .mirror,
            .close,
            on: uploads,
            cause: ["closed the connection", "tried 2 times"],
            next: "try again later"
        ),
        target(
            "target-upload-no-location",
            .mirror,
            .answer(.init(status: 202, body: "")),
            on: uploads,
            cause: ["no valid Location"],
            next: "proxy"
        ),
        target(
            "target-manifest-403",
            .importing,
            .status(403),
            on: puts,
            cause: ["403", "as the test asked for"],
            next: "check that the account may write there"
        ),
        target(
            "target-refuses-manifest",
            .mirror,
            says(400, "MANIFEST_INVALID", "manifest invalid: layers must not be empty"),
            on: puts,
            cause: ["400", "MANIFEST_INVALID: manifest invalid: layers must not be empty"],
            next: "allow that type"
        ),
        target(
            "target-loses-manifest",
            .mirror,
            .missing,
            on: reads,
            cause: ["is not there"],
            next: "see the registry's log",
            exits: 8 + 32
        ),
        target(
            "verify-manifest-missing",
            .verify,
            .missing,
            on: reads,
            cause: ["is not there"],
            next: "run the same command again",
            exits: 32
        ),
        target(
            "verify-503",
            .verify,
            .status(503),
            on: reads,
            cause: ["503", "tried 2 times"],
            next: "try again later",
            exits: 1
        ),
        InjectedFault(
            name: "verify-blob-missing",
            way: .verify,
            exits: 32,
            cause: ["blob", "is not in"],
            host: .target,
            nextStep: "--check-blobs",
            onTarget: { stage in [FaultRule(.missing, on: .path(containing: "/m/team/app/blobs/\(stage.layer)"))] }
        ),
        InjectedFault(
            name: "verify-deep-wrong-bytes",
            way: .verifyDeep,
            exits: 32,
            cause: ["hash to"],
            host: .target,
            nextStep: "delete that manifest or blob there",
            onTarget: { stage in [FaultRule(.corrupt(byteAt: 9_000), on: .blob(stage.layer))] }
        ),
    ]

    /// Rules of registries of certain makers.
    static let refusing: [InjectedFault] = [
        target(
            "target-immutable-tag",
            .mirror,
            says(412, "PRECONDITION", "Failed to process request due to 'app:v1' configured as immutable."),
            on: puts,
            cause: ["412", "configured as immutable"],
            next: "remove it there"
        ),
        target(
            "target-project-missing",
            .mirror,
            says(404, "NOT_FOUND", "project m not found"),
            on: uploads,
            cause: ["404", "project m not found"],
            next: "create"
        ),
        target(
            "target-quota-exceeded",
            .importing,
            says(412, "PRECONDITION", "Quota exceeded when processing the request of adding 3 MiB of storage resource"),
            on: uploads,
            cause: ["412", "Quota exceeded"],
            next: "have the quota raised"
        ),
        target(
            "target-quota-exceeded-denied",
            .mirror,
            says(403, "DENIED", "adding 3 MiB would exceed the configured upper limit of 1 GiB"),
            on: uploads,
            cause: ["403", "exceed the configured upper limit"],
            next: "have the quota raised"
        ),
    ]
}
