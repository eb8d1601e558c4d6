import ImageStorage
import OCIModel

extension RegistriesConfError.Code {
    /// None of the places of an image gave what was asked for, and not all of them said that it is not there.
    package static let noPlaceAnswered = Self("noPlaceAnswered")
}

/// How the places of one request have answered so far, and what follows when none gave anything.
struct PullAttempts: Sendable {
    /// What one place did.
    enum Answer: Hashable, Sendable {
        case notThere
        case failed(ContentFailureKind)
        /// Its registry is given up for the rest of the run.
        case givenUp
    }

    private struct Attempt: Sendable {
        let place: PullPlace
        let answer: Answer
        let reason: String
    }

    private var attempts: [Attempt] = []

    /// Notes an answer.
    mutating func add(_ place: PullPlace, _ answer: Answer, _ reason: String = "it is not there") {
        attempts.append(Attempt(place: place, answer: answer, reason: reason))
    }

    /// Whether every place says that it is not there.
    var isNowhere: Bool { attempts.allSatisfy { $0.answer == .notThere } }

    /// Whether nothing need be made of it that the thing was not found.
    ///
    /// For what an image may have or not, such as signatures: when one place says that it is not there, registries that do
    /// not answer at all count for nothing, as in an enclave that has mirrors only, and neither do those that refuse, as
    /// the registry itself does to whoever has an account at the mirror alone. Both are told to the user.
    var isAbsence: Bool {
        attempts.contains { $0.answer == .notThere }
            && attempts.allSatisfy { [.notThere, .givenUp, .failed(.refused)].contains($0.answer) }
    }

    /// Tells what every place did.
    ///
    /// - Parameter subject: what was asked for, as its image is called.
    /// - Returns: the error, of the kind that weighs most.
    func error(about subject: String) -> RegistriesConfError {
        let kinds: [ContentFailureKind] = attempts.map { attempt in
            switch attempt.answer {
            case .notThere: .notFound
            case .failed(let kind): kind
            case .givenUp: .unavailable
            }
        }
        let order: [ContentFailureKind] = [.integrity, .unavailable, .refused, .noSpace, .other, .notFound]
        let told = attempts.map { "at \($0.place): \($0.reason)" }.joined(separator: "; ")
        return RegistriesConfError(
            .noPlaceAnswered,
            "\(subject) could be read nowhere that registries.conf says: \(told)",
            kind: order.first { kinds.contains($0) } ?? .other
        )
    }
}
