extension HTTPURL {
    /// Resolves a `Location` or `Link` target against this URL, by RFC 3986 section 5.2.
    ///
    /// A server behind a TLS proxy often writes `http://` for itself; when the target is this very host and the port
    /// says nothing else, the scheme of this URL stays.
    ///
    /// - Throws: `HTTPTransportError.invalidURL`.
    package func resolving(_ reference: some StringProtocol) throws(HTTPTransportError) -> HTTPURL {
        let reference = Substring(reference).prefix { $0 != "#" }
        guard let first = reference.first else { return self }
        if reference.hasPrefix("//") { return try HTTPURL("\(origin.scheme.rawValue):\(reference)").normalised() }
        if first == "/" { return with(pathAndQuery: Self.normalised(String(reference))) }
        if first == "?" { return with(pathAndQuery: path + String(reference)) }
        if Self.hasScheme(reference) { return try keepingScheme(of: HTTPURL(reference)).normalised() }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "/"
        return with(pathAndQuery: Self.normalised(folder + String(reference)))
    }

    private func keepingScheme(of target: HTTPURL) -> HTTPURL {
        guard origin.scheme == .https, target.origin.scheme == .http, target.origin.host == origin.host,
            target.hasExplicitPort ? target.origin.port == origin.port : !hasExplicitPort
        else {
            return target
        }
        return with(pathAndQuery: target.pathAndQuery)
    }

    private func normalised() -> HTTPURL { with(pathAndQuery: Self.normalised(pathAndQuery)) }

    private static func hasScheme(_ reference: Substring) -> Bool {
        guard let colon = reference.firstIndex(of: ":") else { return false }
        let scheme = reference[..<colon]
        return scheme.first?.isLetter == true
            && scheme.allSatisfy { $0.isLetter || $0.isNumber || $0 == "+" || $0 == "-" || $0 == "." }
    }

    /// Removes `.` and `..` from the path and leaves the query alone.
    private static func normalised(_ pathAndQuery: String) -> String {
        let path = pathAndQuery.prefix { $0 != "?" }
        let query = pathAndQuery[path.endIndex...]
        var output: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".":
                if isLast { output.append("") }
            case "..":
                _ = output.popLast()
                if isLast { output.append("") }
            default:
                output.append(segment)
            }
        }
        return "/" + output.joined(separator: "/") + query
    }
}
