import AsyncHTTPClient
import Testing

@testable import HTTPTransport

struct FaultClassifierTests {
    @Test(arguments: [
        (HTTPClientError.remoteConnectionClosed, HTTPTransportError.Code.connectionClosed),
        // A server that refuses an upload before its end, just when the last bytes are on their way.
        (.bodyLengthMismatch, .connectionClosed),
        (.readTimeout, .timedOut),
    ])
    func `tells what can be tried again`(error: HTTPClientError, code: HTTPTransportError.Code) throws {
        let url = try HTTPURL("http://127.0.0.1:5000/v2/a/blobs/uploads/1")
        let found = FaultClassifier.error(from: error, .put, url) as? HTTPTransportError
        #expect(found?.code == code)
        #expect(found?.isRetryable == true)
    }
}
