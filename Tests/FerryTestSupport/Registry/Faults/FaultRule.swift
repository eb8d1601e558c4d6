package import RegistryServer
import SeededRandom

/// Spoils certain requests of a test registry.
///
/// ```swift
/// FaultRule(.status(503, retryAfter: 0), on: .blobs, when: .share(0.1, seed: 7))
/// FaultRule(.cutAnswer(afterBytes: 100_000), on: .blob(digest), when: .numbers([1]))
/// ```
package struct FaultRule: Sendable {
    /// What happens to the request.
    package enum Fault: Sendable {
        /// Answer with a status and an error document, with `Retry-After` in seconds if given.
        case status(Int, retryAfter: Int? = nil)
        /// Answer 404 as if the manifest or blob were not there.
        case missing
        /// Answer with status, fields and body.
        case answer(Intervention.Answer)
        /// Close the connection without an answer.
        case close
        /// Handle the request after some time.
        case delay(Duration)
        /// Close the connection after that many bytes of the answer's body.
        case cutAnswer(afterBytes: Int64)
        /// Close the connection after that many bytes of the request's body.
        case cutRequest(afterBytes: Int64)
        /// Send no more than that many bytes of the answer's body, and keep the connection open.
        case stallAnswer(afterBytes: Int64)
        /// Take no more than that many bytes of the request's body, and keep the connection open.
        case stallRequest(afterBytes: Int64)
        /// Send the answer's body at so many bytes per second.
        case slowAnswer(bytesPerSecond: Int64)
        /// Take the request's body at so many bytes per second.
        case slowRequest(bytesPerSecond: Int64)
        /// Change one byte of the answer's body.
        case corrupt(byteAt: Int64)
        /// Begin an upload where a mount is asked for.
        case ignoreMount
        /// Let a function look at a manifest that is put, which may answer in the registry's place.
        case judge(@Sendable ([UInt8]) -> Intervention.Answer?)
        /// Handle the request, and answer with another status.
        case otherStatus(Int)
        /// Handle the request, and set a field of the answer; nil takes it away.
        case field(String, String?)
        /// Handle the request, and change status and fields of the answer.
        case rewrite(@Sendable (inout Intervention.Head) -> Void)
    }

    /// Which of the matching requests are spoilt; they are counted from 1, per rule.
    package enum Occurrence: Hashable, Sendable {
        case always
        case numbers(Set<Int>)
        case first(Int)
        case every(Int)
        /// A share between 0 and 1, chosen by chance that is the same for the same seed.
        case share(Double, seed: UInt64)
        /// Those that come faster than so many in a second, after as many at once as one second allows.
        case above(perSecond: Double)
    }

    let fault: Fault
    let target: Target
    let occurrence: Occurrence

    /// Joins the parts.
    package init(_ fault: Fault, on target: Target, when occurrence: Occurrence = .always) {
        self.fault = fault
        self.target = target
        self.occurrence = occurrence
    }

    /// Whether the matching request of that number is spoilt; false for rules about speed.
    package func applies(to number: Int) -> Bool {
        switch occurrence {
        case .always: return true
        case .numbers(let numbers): return numbers.contains(number)
        case .first(let count): return number <= count
        case .every(let step): return step > 0 && number.isMultiple(of: step)
        case .share(let share, let seed):
            var generator = SeededGenerator(seed: seed &+ UInt64(number) &* 0xd134_2543_de82_ef95)
            return Double.random(in: 0..<1, using: &generator) < share
        case .above: return false
        }
    }

    var intervention: Intervention {
        var made = Intervention.none
        switch fault {
        case .status(let status, let delay):
            made.answer = .error(
                status,
                code: "TEST_FAULT",
                fields: delay.map { ["Retry-After": String($0)] } ?? [:]
            )
        case .missing: made.answer = .error(404, code: "NOT_FOUND")
        case .answer(let answer): made.answer = answer
        case .close: made.closes = true
        case .delay(let time): made.delay = time
        case .cutAnswer(let limit): made.download.cutAfter = limit
        case .cutRequest(let limit): made.upload.cutAfter = limit
        case .stallAnswer(let limit): made.download.stallAfter = limit
        case .stallRequest(let limit): made.upload.stallAfter = limit
        case .slowAnswer(let rate): made.download.rate = rate
        case .slowRequest(let rate): made.upload.rate = rate
        case .corrupt(let position): made.corruptedByte = position
        case .ignoreMount: made.ignoresMount = true
        case .judge(let judge): made.judge = judge
        case .otherStatus(let status): made.rewrite = { $0.status = status }
        case .field(let name, let value): made.rewrite = { $0.fields[name.lowercased()] = value }
        case .rewrite(let change): made.rewrite = change
        }
        return made
    }
}
