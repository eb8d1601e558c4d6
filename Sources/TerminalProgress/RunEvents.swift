/// What a run is, told when it begins.
package struct RunDescription: Hashable, Sendable {
    /// Tells runs apart: eight hexadecimal digits.
    package var id: String
    /// The version of the program.
    package var version: String
    /// The command, such as `mirror`.
    package var command: String
    /// Which way it goes: `mirrorToDisk`, `diskToMirror`, `mirrorToMirror`; else as the command.
    package var kind: String
    /// Where to, or what is looked at: `docker://` and `file://` names as they were given, without secrets.
    package var places: [String]
    /// The command line, the program's name first, without secrets.
    package var arguments: [String]

    /// Joins the parts.
    package init(
        id: String,
        version: String,
        command: String,
        kind: String,
        places: [String],
        arguments: [String]
    ) {
        self.id = id
        self.version = version
        self.command = command
        self.kind = kind
        self.places = places
        self.arguments = arguments
    }
}

/// How a run went, told when it is over.
package struct RunOutcome: Hashable, Sendable {
    /// How many images had which fate; all targets together.
    ///
    /// Events have it as it is, with these names.
    package struct Images: Hashable, Sendable, Encodable {
        /// How many were asked for.
        package var wanted = 0
        /// How many are proven to be there.
        package var verified = 0
        /// How many failed.
        package var failed = 0
        /// How many were left out on purpose.
        package var skipped = 0

        /// Starts at zero.
        package init() {}
    }

    /// The id of the run.
    package var id: String
    /// The exit code that the program will give.
    package var exitCode: Int32
    /// What became of the images; nil for commands that mirror none.
    package var images: Images?
    /// The bytes of blobs that were moved.
    package var bytes: Int64
    /// How many requests were tried again.
    package var retries: Int
    /// The error that ended it, a sentence; nil when none did.
    package var error: String?

    /// Joins the parts.
    package init(
        id: String,
        exitCode: Int32,
        images: Images? = nil,
        bytes: Int64 = 0,
        retries: Int = 0,
        error: String? = nil
    ) {
        self.id = id
        self.exitCode = exitCode
        self.images = images
        self.bytes = bytes
        self.retries = retries
        self.error = error
    }
}

/// What one host did in a run.
package struct HostSummary: Hashable, Sendable {
    /// The host with its port, if that is not the usual one.
    package var host: String
    /// How many requests were sent to it.
    package var requests: Int64
    /// How many bytes of bodies came from it.
    package var bytesReceived: Int64
    /// How many bytes of bodies went to it.
    package var bytesSent: Int64
    /// Time from the first request to the last sign of it.
    package var duration: Duration
    /// How many requests were tried again, by cause.
    package var retries: [String: Int]
    /// How long nothing was sent to it, because of those retries.
    package var waited: Duration
    /// The image whose requests were tried again most often.
    package var worstImage: String?

    /// Joins the parts.
    package init(
        host: String,
        requests: Int64,
        bytesReceived: Int64,
        bytesSent: Int64,
        duration: Duration,
        retries: [String: Int] = [:],
        waited: Duration = .zero,
        worstImage: String? = nil
    ) {
        self.host = host
        self.requests = requests
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
        self.duration = duration
        self.retries = retries
        self.waited = waited
        self.worstImage = worstImage
    }

    /// How many requests were tried again.
    package var retryCount: Int { retries.values.reduce(0, +) }

    /// One line: `quay.io: 1.20 GB in 3m 30s (5.71 MB/s), 14 retries (9 × status 429, 5 × connectionClosed), waited 41s`.
    package var text: String {
        var facts: [String] = []
        for (bytes, word) in [(bytesReceived, "received"), (bytesSent, "sent")] where bytes > 0 {
            let seconds = duration / .seconds(1)
            let rate = seconds >= 0.1 ? " (\(SizeText.rate(Double(bytes) / seconds)))" : ""
            facts.append("\(SizeText.size(bytes)) \(word) in \(DurationText.precise(duration))\(rate)")
        }
        if facts.isEmpty { facts.append("\(requests) requests in \(DurationText.precise(duration))") }
        if retryCount > 0 {
            let causes = retries.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) × \($0.key)" }
            facts.append("\(retryCount) \(retryCount == 1 ? "retry" : "retries") (\(causes.joined(separator: ", ")))")
        }
        if retryCount > 1, let worstImage { facts.append("most of them for \(LineText.safe(worstImage))") }
        if waited > .zero { facts.append("waited \(DurationText.precise(waited)) for it") }
        return "\(LineText.safe(host)): \(facts.joined(separator: ", "))"
    }
}
