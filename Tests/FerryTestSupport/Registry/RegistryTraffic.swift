package import OCIModel
import RegistryServer
import Synchronization

/// Counts the requests of a test registry.
package final class RegistryTraffic: Sendable {
    /// The numbers at one moment.
    package struct Counts: Sendable {
        /// All requests, those to spoilt answers included.
        package fileprivate(set) var requests = 0
        /// Answers by status.
        package fileprivate(set) var statuses: [Int: Int] = [:]
        /// `GET` and `HEAD` of manifests.
        package fileprivate(set) var manifestGets = 0
        package fileprivate(set) var manifestHeads = 0
        /// `PUT` of manifests that were answered 201.
        package fileprivate(set) var manifestPuts = 0
        /// `GET` and `HEAD` of blobs, whatever the answer.
        package fileprivate(set) var blobGets = 0
        package fileprivate(set) var blobHeads = 0
        /// `GET` of blobs by digest, whatever the answer.
        package fileprivate(set) var blobGetsByDigest: [Digest: Int] = [:]
        /// Bytes of blobs that were sent.
        package fileprivate(set) var blobBytesSent: Int64 = 0
        /// Bytes of blobs that were sent, by digest.
        package fileprivate(set) var blobBytesSentByDigest: [Digest: Int64] = [:]
        /// Uploads that were begun (202).
        package fileprivate(set) var uploadsStarted = 0
        /// Blobs that were stored by an upload (201).
        package fileprivate(set) var uploadsFinished = 0
        /// Bytes that uploads received.
        package fileprivate(set) var uploadedBytes: Int64 = 0
        /// Mounts that were asked for, and those that were done.
        package fileprivate(set) var mountsAsked = 0
        package fileprivate(set) var mounts = 0
        /// Lists of tags and referrers.
        package fileprivate(set) var lists = 0
        /// Requests by method and path, in the order in which they ended.
        package fileprivate(set) var log: [String] = []
    }

    private let state = Mutex(Counts())
    private let open = Mutex<(requests: Int, waiters: [CheckedContinuation<Void, Never>])>((0, []))

    init() {}

    /// The numbers so far.
    ///
    /// A request counts when the last byte of its answer is given to the connection; see ``settled()``.
    package var counts: Counts { state.withLock { $0 } }

    /// The numbers once no request is in the middle: one that its client gave up counts when the server has noticed.
    package func settled() async -> Counts {
        await withCheckedContinuation { continuation in
            let isSettled = open.withLock { open in
                if open.requests > 0 { open.waiters.append(continuation) }
                return open.requests == 0
            }
            if isSettled { continuation.resume() }
        }
        return counts
    }

    /// Waits until a request with this method has ended, and no other is in the middle.
    ///
    /// What a client gave up may only begin here when the client is long gone.
    ///
    /// - Throws: `CancellationError`.
    package func ended(_ method: String) async throws {
        while !counts.log.contains(where: { $0.hasPrefix("\(method) ") }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        _ = await settled()
    }

    /// Begins to count anew.
    package func reset() {
        state.withLock { $0 = Counts() }
    }

    func begin() {
        open.withLock { $0.requests += 1 }
    }

    func record(_ request: RegistryRequest, _ outcome: RequestOutcome) {
        count(request, outcome)
        let waiters = open.withLock { open in
            open.requests -= 1
            guard open.requests == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { open.waiters = [] }
            return open.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func count(_ request: RegistryRequest, _ outcome: RequestOutcome) {
        state.withLock { counts in
            counts.requests += 1
            counts.statuses[outcome.status, default: 0] += 1
            counts.log.append("\(request.method) \(request.path) \(outcome.status)")
            switch (request.route, request.method) {
            case (.manifest, "GET"): counts.manifestGets += 1
            case (.manifest, "HEAD"): counts.manifestHeads += 1
            case (.manifest, "PUT"): counts.manifestPuts += outcome.status == 201 ? 1 : 0
            case (.blob(let digest, _), "GET"):
                counts.blobGets += 1
                counts.blobGetsByDigest[digest, default: 0] += 1
                guard (200..<300).contains(outcome.status) else { return }
                counts.blobBytesSent += outcome.sentBytes
                counts.blobBytesSentByDigest[digest, default: 0] += outcome.sentBytes
            case (.blob, "HEAD"): counts.blobHeads += 1
            case (.uploads, "POST"): recordStart(request, outcome, in: &counts)
            case (.upload, "PATCH"): counts.uploadedBytes += outcome.receivedBytes
            case (.upload, "PUT"):
                counts.uploadedBytes += outcome.receivedBytes
                counts.uploadsFinished += outcome.status == 201 ? 1 : 0
            case (.tags, _), (.referrers, _): counts.lists += 1
            default: break
            }
        }
    }

    private func recordStart(_ request: RegistryRequest, _ outcome: RequestOutcome, in counts: inout Counts) {
        counts.uploadedBytes += outcome.receivedBytes
        counts.uploadsStarted += outcome.status == 202 ? 1 : 0
        if request.path.contains("mount=") {
            counts.mountsAsked += 1
            counts.mounts += outcome.status == 201 ? 1 : 0
        } else {
            counts.uploadsFinished += outcome.status == 201 ? 1 : 0
        }
    }
}
