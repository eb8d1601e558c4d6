import HTTPTransport
import Logging
import OCIModel
import RegistryClient

extension RegistryVisit {
    /// Mounts a blob into another repository.
    func checkMount(_ needs: TargetNeeds, from origin: RepositoryPath) async throws {
        try await log.run(.mount) {
            guard let place = try needs.mountRepository(besides: origin) else {
                return .skipped("the plan has one repository only: there is nothing to mount")
            }
            let digest = content.config.digest
            let result = try await client.probeMount(of: digest, from: origin, to: place)
            if let session = result.session { leftovers.add(session, in: place) }
            if result.answer.status == 201 {
                leftovers.add(.blob(digest, place))
                return .ok("a blob of \(origin) was mounted into \(place)")
            }
            let reason =
                result.answer.status == 202 ? "an upload began instead" : "it was answered \(result.answer.status)"
            return .warn(
                "no mount from \(origin) to \(place): \(reason); blobs of several repositories are sent to each",
                result.answer.status == 202 ? nil : "give the account the right to read \(origin)"
            )
        }
    }

    /// Sends a blob in two parts, as ferry does with large ones and behind proxies.
    func checkParts(_ repository: RepositoryPath, _ needs: TargetNeeds) async throws -> CheckOutcome {
        let blob = content.parted
        let middle = blob.bytes.count / 2
        let begin = try await client.probeUpload(in: repository)
        guard begin.answer.isSuccess, var session = begin.session else {
            return partsRefused(begin.answer, "an upload")
        }
        leftovers.add(session, in: repository)
        var offset = 0
        for part in [Array(blob.bytes[..<middle]), Array(blob.bytes[middle...])] {
            let result = try await client.probePart(part, at: offset, of: session, in: repository)
            guard result.answer.isSuccess else { return partsRefused(result.answer, "a part (PATCH)") }
            session = result.session
            offset += part.count
        }
        leftovers.add(.blob(blob.digest, repository))
        let end = try await client.probeEnd([], digest: blob.digest, of: session, in: repository)
        guard end.isSuccess else {
            leftovers.remove(.blob(blob.digest, repository))
            return partsRefused(end, "the end of an upload in parts")
        }
        return .ok("a blob was taken in two parts")
    }

    private func partsRefused(_ answer: ProbeAnswer, _ what: String) -> CheckOutcome {
        .warn(
            "\(what) was answered \(answer.status): every blob goes in one request",
            "a proxy must let bodies of any size and length of time through"
        )
    }

    /// Looks for the largest body, without sending one.
    func checkBodies(_ repository: RepositoryPath, _ needs: TargetNeeds, takesParts: Bool) async throws {
        let takesParts = takesParts && !log.warned(.parts)
        try await log.run(.bodySize) {
            let top = max(needs.largestBlob ?? BodyLadder.defaultTop, BodyLadder.least)
            var ladder = BodyLadder(top: top)
            while let length = ladder.next {
                let begin = try await client.probeUpload(in: repository)
                guard begin.answer.isSuccess, let session = begin.session else { break }
                leftovers.add(session, in: repository)
                ladder.note(isRefused: try await isRefused(length, session, repository))
            }
            return outcome(ladder, needs, takesParts: takesParts)
        }
    }

    private func isRefused(_ length: Int64, _ session: ProbeSession, _ repository: RepositoryPath) async throws -> Bool
    {
        do {
            let patience = settings.refusalPatience
            return try await client.probeLength(length, of: session, in: repository, patience: patience) == 413
        } catch let fault as HTTPTransportError {
            // Only an answer is evidence.
            settings.reporting.logger.debug("a body of \(length) bytes: \(fault)")
            return false
        }
    }

    private func outcome(_ ladder: BodyLadder, _ needs: TargetNeeds, takesParts: Bool) -> CheckOutcome {
        guard let refused = ladder.smallestRefused else {
            return .ok("a body of \(ByteSize.text(ladder.top)) was not refused at its beginning")
        }
        let taken = ladder.largestTaken.map { ", of \(ByteSize.text($0)) not" } ?? ""
        let text = "a body of \(ByteSize.text(refused)) is refused (413)\(taken)"
        let remedy = "raise the limit (client_max_body_size of nginx) at the proxy before the registry"
        if takesParts { return .warn("\(text): ferry sends larger blobs in smaller parts", remedy) }
        return needs.largestBlob == nil
            ? .warn("\(text), and parts are not taken: larger blobs fail", remedy)
            : .fail("\(text), and parts are not taken; the largest blob has \(ByteSize.text(ladder.top))", remedy)
    }
}
