/// The `Link` field of paged answers.
///
/// https://www.rfc-editor.org/rfc/rfc8288.html#section-3
enum LinkField {
    /// The target with relation `next`, as written; nil when there is none.
    static func next(in values: [String]) -> String? {
        for value in values {
            var rest = Substring(value)
            while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
                let target = rest[rest.index(after: open)..<close]
                rest = rest[rest.index(after: close)...]
                // A following link begins at the next "<" outside of quotes.
                let parameters = parameters(of: &rest)
                if parameters.contains(where: isNext) { return String(target) }
            }
        }
        return nil
    }

    /// Takes the parameters of one link from the front of `rest`, up to the comma that ends it.
    private static func parameters(of rest: inout Substring) -> [String] {
        var parameters: [String] = []
        var current = ""
        var isQuoted = false
        while let character = rest.popFirst() {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ";", !isQuoted {
                parameters.append(current)
                current = ""
            } else if character == ",", !isQuoted {
                break
            } else {
                current.append(character)
            }
        }
        return parameters + [current]
    }

    private static func isNext(_ parameter: String) -> Bool {
        let parts = parameter.split(separator: "=", maxSplits: 1).map { part in
            part.filter { $0 != "\t" }.split(separator: " ").joined(separator: " ").lowercased()
        }
        return parts.count == 2 && parts[0] == "rel" && parts[1].split(separator: " ").contains("next")
    }
}
