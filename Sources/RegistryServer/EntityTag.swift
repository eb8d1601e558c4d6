import OCIModel

/// The entity tag of a manifest or blob: its digest, so equal tags mean equal bytes.
///
/// https://www.rfc-editor.org/rfc/rfc9110.html#section-8.8.3
struct EntityTag {
    /// The tag as it stands in headers.
    let text: String

    /// Makes the tag of some content.
    init(_ digest: Digest) {
        text = "\"\(digest)\""
    }

    /// Whether `If-None-Match` names it: the client has the content already.
    func isKnown(to header: String?) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { item in
            let item = item.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            return item.elementsEqual("*") || item.elementsEqual(text) || item.elementsEqual("W/\(text)")
        }
    }

    /// Whether a range is to be sent: there is no `If-Range`, or it names this content.
    func allowsRange(_ header: String?) -> Bool {
        header.map { $0 == text } ?? true
    }
}
