import Foundation

extension ResourceObject {
    /// Reads what the address of an object is made of from the object.
    ///
    /// - Parameters:
    ///   - json: the object as JSON; it is kept untouched.
    ///   - name: where it comes from, for messages.
    /// - Throws: `ClusterAccessError.malformedObject`, `.unknownKind`, `.invalidObjectName`.
    package init(parsing json: [UInt8], name: String) throws(ClusterAccessError) {
        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: Data(json))
        } catch {
            throw ClusterAccessError(
                .malformedObject,
                "\(name) cannot be applied: it is not one object in JSON with apiVersion, kind and a name"
            )
        }
        try self.init(
            apiVersion: header.apiVersion,
            kind: header.kind,
            namespace: header.metadata.namespace,
            name: header.metadata.name,
            json: json
        )
    }

    private struct Header: Decodable {
        struct Metadata: Decodable {
            let name: String
            let namespace: String?
        }

        let apiVersion: String
        let kind: String
        let metadata: Metadata
    }
}

extension ClusterAccessError.Code {
    /// A text that is no object.
    package static let malformedObject = ClusterAccessError.Code("malformedObject")
}
