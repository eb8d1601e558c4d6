import Foundation
import Hummingbird
import NIOCore

/// An answer that says what is wrong with a request.
///
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
struct RegistryProblem: Error {
    /// The code that a client decides by.
    enum Code: String {
        case blobUnknown = "BLOB_UNKNOWN"
        case blobUploadInvalid = "BLOB_UPLOAD_INVALID"
        case blobUploadUnknown = "BLOB_UPLOAD_UNKNOWN"
        case digestInvalid = "DIGEST_INVALID"
        case manifestBlobUnknown = "MANIFEST_BLOB_UNKNOWN"
        case manifestInvalid = "MANIFEST_INVALID"
        case manifestUnknown = "MANIFEST_UNKNOWN"
        case nameInvalid = "NAME_INVALID"
        case nameUnknown = "NAME_UNKNOWN"
        case sizeInvalid = "SIZE_INVALID"
        case unauthorized = "UNAUTHORIZED"
        case denied = "DENIED"
        case unsupported = "UNSUPPORTED"
        case tooManyRequests = "TOOMANYREQUESTS"
        case paginationNumberInvalid = "PAGINATION_NUMBER_INVALID"
        case unknown = "UNKNOWN"
    }

    /// The HTTP status.
    let status: Int
    /// The code.
    let code: Code
    /// One sentence.
    let message: String
    /// What it is about.
    var detail: [String: String] = [:]
    /// Header fields that go with the answer.
    var headers = HTTPFields()

    /// Describes one problem.
    init(_ status: Int, _ code: Code, _ message: String, detail: [String: String] = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// No such endpoint.
    static var notFound: RegistryProblem { RegistryProblem(404, .unknown, "there is no such endpoint") }

    /// The method does not fit the endpoint.
    static var methodNotAllowed: RegistryProblem {
        RegistryProblem(405, .unsupported, "the endpoint does not take this method")
    }

    /// The content is read-only.
    static var readOnly: RegistryProblem {
        RegistryProblem(405, .unsupported, "this registry is read-only")
    }

    /// The answer; without its body for `HEAD`.
    func response(isHead: Bool) -> Response {
        let body = ErrorDocument.encode(code: code.rawValue, message: message, detail: detail)
        var fields = headers
        fields[.contentType] = "application/json"
        fields[.contentLength] = String(body.count)
        return Response(
            status: .init(code: status),
            headers: fields,
            body: isHead ? .init() : .init(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}

/// The JSON of an error answer.
enum ErrorDocument {
    private struct Document: Encodable {
        struct Entry: Encodable {
            let code: String
            let message: String
            let detail: [String: String]?
        }

        let errors: [Entry]
    }

    /// Encodes one error.
    static func encode(code: String, message: String, detail: [String: String]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let entry = Document.Entry(code: code, message: message, detail: detail.isEmpty ? nil : detail)
        do {
            return [UInt8](try encoder.encode(Document(errors: [entry])))
        } catch {
            // Strings always encode; an answer without a body still carries the status.
            return []
        }
    }
}
