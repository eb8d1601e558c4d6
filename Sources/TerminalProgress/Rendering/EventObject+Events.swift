extension EventObject {
    init(_ run: RunDescription, _ snapshot: ProgressSnapshot) {
        self.init("run-started", snapshot)
        time = ClockText.timestamp(snapshot.date)
        self.run = run.id
        version = run.version
        command = run.command
        kind = run.kind
        places = run.places
        arguments = run.arguments
    }

    init(_ ended: RunOutcome, _ snapshot: ProgressSnapshot) {
        self.init("run-ended", snapshot)
        time = ClockText.timestamp(snapshot.date)
        run = ended.id
        exitCode = ended.exitCode
        outcome = ended.images
        bytes = ended.bytes
        retries = ended.retries
        error = ended.error
    }

    init(_ summary: HostSummary, _ snapshot: ProgressSnapshot) {
        self.init("host-summary", snapshot)
        host = summary.host
        requests = summary.requests
        bytesReceived = summary.bytesReceived
        bytesSent = summary.bytesSent
        seconds = Self.seconds(summary.duration)
        retries = summary.retryCount
        causes = summary.retries
        waitedSeconds = Self.seconds(summary.waited)
        image = summary.worstImage
    }

    init(phaseStarted title: String, _ snapshot: ProgressSnapshot) {
        self.init("phase-started", snapshot)
        phase = title
    }

    init(phaseEnded snapshot: ProgressSnapshot) {
        self.init(progress: snapshot)
        event = "phase-ended"
        active = nil
        waiting = nil
        secondsLeft = nil
        // Over the phase as a whole, not over its last seconds.
        let took = snapshot.phaseElapsed / .seconds(1)
        bytesPerSecond = snapshot.movedBytes > 0 && took >= 0.1 ? (Double(snapshot.movedBytes) / took).rounded() : nil
    }

    init(progress snapshot: ProgressSnapshot) {
        self.init("progress", snapshot)
        phase = snapshot.phase
        phaseElapsed = Self.seconds(snapshot.phaseElapsed)
        done = snapshot.done
        totals = snapshot.totals
        movedBytes = snapshot.movedBytes
        failedImages = snapshot.failedImages
        retries = snapshot.retries
        bytesPerSecond = snapshot.bytesPerSecond.map { $0.rounded() }
        secondsLeft = snapshot.timeLeft.map { ($0 / .seconds(1)).rounded() }
        active = snapshot.active.map {
            Transfer(name: $0.name, size: $0.size, done: $0.done, idle: Self.seconds($0.idle))
        }
        waiting = snapshot.waits.map { Wait($0, snapshot) }
    }

    init(_ event: String, _ transfer: TransferRecord?, _ snapshot: ProgressSnapshot) {
        self.init(event, snapshot)
        name = transfer?.description.name ?? ""
        size = transfer?.description.size ?? 0
        digest = transfer?.description.digest
        image = transfer?.description.image
        source = transfer?.description.source
        destination = transfer?.description.destination
        if event != "blob-started" { seconds = transfer.map { Self.seconds($0.elapsed) } }
    }

    init(finishedImage name: String, _ snapshot: ProgressSnapshot) {
        self.init("image-finished", snapshot)
        self.name = name
    }

    init(failedImage name: String, _ reason: String, _ snapshot: ProgressSnapshot) {
        self.init("image-failed", snapshot)
        self.name = name
        self.reason = reason
    }

    init(_ notice: RetryNotice, _ snapshot: ProgressSnapshot) {
        self.init("retry", snapshot)
        host = notice.host
        reason = notice.reason
        cause = notice.cause
        attempt = notice.attempt
        delay = Self.seconds(notice.delay)
        image = notice.image
        digest = notice.blob
    }

    init(waiting notice: RetryNotice, _ snapshot: ProgressSnapshot) {
        self.init("waiting", snapshot)
        host = notice.host
        kind = notice.pause.rawValue
        cause = notice.cause
        seconds = Self.seconds(notice.delay)
        until = ClockText.timestamp(snapshot.date(at: snapshot.elapsed + notice.delay))
    }

    init(message: String, _ snapshot: ProgressSnapshot) {
        self.init("message", snapshot)
        text = message
    }
}

extension EventObject.Wait {
    init(_ wait: ProgressSnapshot.Wait, _ snapshot: ProgressSnapshot) {
        subject = wait.subject
        seconds = EventObject.seconds(wait.duration)
        until = wait.until.map { ClockText.timestamp(snapshot.date(at: $0)) }
        switch wait.kind {
        case .pause(let pause, let cause):
            kind = pause.rawValue
            self.cause = cause
        case .answer(let count):
            kind = "answer"
            requests = count
        case .bytes: kind = "bytes"
        case .other: kind = "other"
        }
    }
}
