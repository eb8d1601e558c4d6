import FerryTestSupport
import Foundation
import Glibc
import ImageStorage
import OCIModel
import Testing
@testable import RegistryServer

@Suite(.enabled(if: ProcessInfo.processInfo.environment["BENCH"] != nil))
struct ZBenchScratch {
    func cpu() -> Double {
        var u = rusage(); getrusage(__rusage_who_t(0), &u); print("   user", Double(u.ru_utime.tv_sec) + Double(u.ru_utime.tv_usec) / 1e6, "sys", Double(u.ru_stime.tv_sec) + Double(u.ru_stime.tv_usec) / 1e6, "minflt", u.ru_minflt, "ctx", u.ru_nvcsw)
        return Double(u.ru_utime.tv_sec) + Double(u.ru_stime.tv_sec) + Double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6
    }
    @Test func bench() async throws {
        let curl = try requireTool("curl")
        try await withTemporaryFolder { folder in
            let file = "\(folder)/x"
            _ = try await runProcess("/bin/sh", ["-c", "head -c 1000000000 /dev/urandom > \(file); sync"])
            let sha = try await runProcess("/usr/bin/sha256sum", [file]).stdout.prefix(64)
            var o = FolderStore.Options(); o.syncsToDisk = ProcessInfo.processInfo.environment["SYNC"] != nil
            let store = try await FolderStore.open(at: "\(folder)/s", options: o)
            try await withRunningServer(store) { address in
                for round in 1...4 {
                    var t = Date(), c = cpu()
                    let put = try await runProcess(curl, ["-sS", "-T", file, "-X", "POST", "-o", "/dev/null", "-w", "%{http_code}", "\(address.url)/v2/a/blobs/uploads?x=\(round)&digest=sha256:\(sha)"])
                    print("PUT \(round)", put.stdout, put.stderr, "wall", Date().timeIntervalSince(t), "cpu", cpu() - c)
                    t = Date(); c = cpu()
                    let get = try await runProcess(curl, ["-sS", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", "\(address.url)/v2/a/blobs/sha256:\(sha)"])
                    print("GET \(round)", get.stdout, "wall", Date().timeIntervalSince(t), "cpu", cpu() - c)
                }
            }
        }
    }
}
