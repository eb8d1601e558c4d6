import OCIModel
import RegistriesConf
import Testing

/// Rules from a text.
func conf(_ text: String) throws -> RegistriesConf {
    try RegistriesConf.parse(Array(text.utf8), file: "test.conf")
}

/// The code and message with which a text is refused; nil when it is taken.
func refusal(of text: String) -> RegistriesConfError? {
    do throws(RegistriesConfError) {
        _ = try RegistriesConf.parse(Array(text.utf8), file: "test.conf")
        return nil
    } catch {
        return error
    }
}

/// The places for an image reference, as text.
func places(_ conf: RegistriesConf, _ image: String) throws -> [String] {
    let reference = try ImageReference(image)
    let request = try #require(reference.manifestReference)
    return try conf.places(of: reference.repository, for: .manifest(request)).map { place in
        switch place.image ?? request {
        case .tag(let tag): "\(place.repository):\(tag)"
        case .digest(let digest): "\(place.repository)@\(digest)"
        }
    }
}

/// A digest of one repeated digit.
func someDigest(_ digit: Character = "a") -> String { "sha256:" + String(repeating: digit, count: 64) }
