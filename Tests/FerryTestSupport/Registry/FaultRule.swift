package import OCIModel
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
    package enum Fault: Hashable, Sendable {
        /// Answer with a status and an error document, with `Retry-After` in seconds if given.
        case status(Int, retryAfter: Int? = nil)
        /// Answer 404 as if the manifest or blob were not there.
        case missing
        /// Close the connection after that many bytes of the answer's body.
        case cutAnswer(afterBytes: Int64)
        /// Close the connection after that many bytes of the request's body.
        case cutRequest(afterBytes: Int64)
        /// Change one byte of the answer's body.
        case corrupt(byteAt: Int64)
    }

    /// Which of the matching requests are spoilt; they are counted from 1, per rule.
    package enum Occurrence: Hashable, Sendable {
        case always
        case numbers(Set<Int>)
        case first(Int)
        case every(Int)
        /// A share between 0 and 1, chosen by chance that is the same for the same seed.
        case share(Double, seed: UInt64)
    }

    /// Which requests a rule is about.
    package struct Target: Sendable {
        private let matches: @Sendable (RegistryRequest) -> Bool

        /// Requests that a function chooses.
        package init(_ matches: @escaping @Sendable (RegistryRequest) -> Bool) {
            self.matches = matches
        }

        /// Every request.
        package static let any = Target { _ in true }
        /// `GET` of any manifest.
        package static let manifests = Target { request in
            if case .manifest = request.route { return request.method == "GET" }
            return false
        }
        /// `GET` of any blob.
        package static let blobs = Target { request in
            if case .blob = request.route { return request.method == "GET" }
            return false
        }
        /// Requests that begin, continue or end uploads.
        package static let uploads = Target { request in
            switch request.route {
            case .uploads, .upload: true
            default: false
            }
        }
        /// `PUT` of any manifest.
        package static let manifestPuts = Target { request in
            if case .manifest = request.route { return request.method == "PUT" }
            return false
        }

        /// `GET` of one blob in any repository.
        package static func blob(_ digest: Digest) -> Target {
            Target { request in
                if case .blob(digest, _) = request.route { return request.method == "GET" }
                return false
            }
        }

        /// `GET` and `HEAD` of one manifest, by what stands in the path.
        package static func manifest(_ reference: ManifestReference) -> Target {
            Target { request in
                if case .manifest(reference, _) = request.route { return request.method != "PUT" }
                return false
            }
        }

        /// Requests with a method (nil: any) whose path contains some text.
        package static func path(containing text: String, method: String? = nil) -> Target {
            Target { $0.path.contains(text) && (method == nil || $0.method == method) }
        }

        func contains(_ request: RegistryRequest) -> Bool { matches(request) }
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

    /// Whether the matching request of that number is spoilt.
    package func applies(to number: Int) -> Bool {
        switch occurrence {
        case .always: return true
        case .numbers(let numbers): return numbers.contains(number)
        case .first(let count): return number <= count
        case .every(let step): return step > 0 && number.isMultiple(of: step)
        case .share(let share, let seed):
            var generator = SeededGenerator(seed: seed &+ UInt64(number) &* 0xd134_2543_de82_ef95)
            return Double.random(in: 0..<1, using: &generator) < share
        }
    }

    var intervention: Intervention {
        switch fault {
        case .status(let status, let delay):
            .answer(
                status: status,
                code: "TEST_FAULT",
                headers: delay.map { ["Retry-After": String($0)] } ?? [:]
            )
        case .missing: .answer(status: 404, code: "NOT_FOUND")
        case .cutAnswer(let limit): .cutAnswer(afterBytes: limit)
        case .cutRequest(let limit): .cutRequest(afterBytes: limit)
        case .corrupt(let position): .corruptAnswer(byteAt: position)
        }
    }
}
