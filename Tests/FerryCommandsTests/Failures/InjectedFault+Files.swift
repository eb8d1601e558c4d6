import FerryTestSupport
import Foundation
import OCIModel

extension InjectedFault {
    /// Files and disks of this machine.
    static let files: [InjectedFault] = [
        InjectedFault(
            name: "credentials-file-missing",
            way: .plan,
            exits: 1,
            cause: ["nowhere.json"],
            isAboutImage: false,
            host: nil,
            nextStep: "--authfile"
        ) { $0.arguments = ["--authfile", $0.scene.path("nowhere.json")] },
        InjectedFault(
            name: "credentials-file-broken",
            way: .mirror,
            exits: 1,
            cause: ["auth.json"],
            isAboutImage: false,
            host: nil,
            nextStep: "--authfile"
        ) { stage in
            try stage.scene.write("{\"auths\":{\"a\":{\"auth\":\"s3cret\"", to: "auth.json")
            stage.arguments = ["--authfile", stage.scene.path("auth.json")]
        },
        InjectedFault(
            name: "disk-full",
            way: .build,
            exits: 1,
            cause: ["not enough room"],
            isAboutImage: false,
            host: nil,
            nextStep: "",
            needsMounts: true
        ) { stage in
            stage.media = "disk"
            stage.kept.append(try MemoryDisk(at: stage.scene.path("disk"), size: "64k"))
        },
        InjectedFault(
            name: "folder-read-only",
            way: .build,
            exits: 1,
            cause: ["ead-only file system"],
            isAboutImage: false,
            host: nil,
            nextStep: "",
            needsMounts: true
        ) { stage in
            stage.media = "disk"
            let disk = try MemoryDisk(at: stage.scene.path("disk"), size: "1m")
            try disk.makeReadOnly()
            stage.kept.append(disk)
        },
        InjectedFault(
            name: "configuration-missing",
            way: .mirror,
            exits: 1,
            cause: ["other.yaml", "o such file"],
            isAboutImage: false,
            host: nil,
            nextStep: ""
        ) { $0.arguments = ["-c", "other.yaml"] },
        InjectedFault(
            name: "lock-of-another-version",
            way: .verify,
            exits: 1,
            cause: ["lock format 99", "format 1"],
            isAboutImage: false,
            host: nil,
            nextStep: "plan again"
        ) { stage in
            let lock = try stage.scene.text("ws/working-dir/lock.json")
            try stage.scene.write(
                lock.replacingOccurrences(of: "\"format\" : 1", with: "\"format\" : 99"),
                to: "old.json"
            )
            stage.lock = "old.json"
        },
        InjectedFault(
            name: "lock-cut-off",
            way: .verify,
            exits: 1,
            cause: ["is no lock file"],
            isAboutImage: false,
            host: nil,
            nextStep: "plan again"
        ) { stage in
            let lock = try stage.scene.text("ws/working-dir/lock.json")
            try stage.scene.write(String(lock.prefix(lock.count / 2)), to: "old.json")
            stage.lock = "old.json"
        },
        InjectedFault(
            name: "volume-cut",
            way: .importing,
            exits: 32,
            cause: ["volume 1"],
            isAboutImage: false,
            host: nil,
            nextStep: "again"
        ) { stage in
            let path = stage.scene.path(try Self.volume(stage))
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            truncate(path, off_t(size / 2))
        },
        InjectedFault(
            name: "volume-blob-damaged",
            way: .importing,
            exits: 8 + 32,
            cause: ["volume 1"],
            host: nil,
            nextStep: "again"
        ) { try Self.damage($0) },
        InjectedFault(
            name: "verify-volume-damaged",
            way: .verifyMedia,
            exits: 32,
            cause: ["volume 1"],
            isAboutImage: false,
            host: nil,
            nextStep: "again"
        ) { try Self.damage($0) },
    ]

    private static func volume(_ stage: FaultStage) throws -> String {
        guard let volume = stage.scene.volumes(of: stage.media).first else { throw POSIXError(.ENOENT) }
        return volume
    }

    /// Flips a bit in the middle of the bad image's layer.
    private static func damage(_ stage: FaultStage) throws {
        let path = stage.scene.path(try volume(stage))
        let member = "blobs/sha256/\(stage.layer.hex)"
        let offset = try VolumeBytes.content(of: member, in: Data(contentsOf: URL(fileURLWithPath: path)))
        try VolumeBytes.flip(at: offset + 40_000, of: path)
    }
}
