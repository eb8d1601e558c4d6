/// The hosts that are asked without a proxy, as `NO_PROXY` lists them.
///
/// The forms are those of Go's `httpproxy`, by which podman, skopeo and oc go, so that a list that works for them works
/// here: `example.com` is the host and all below it, `.example.com` and `*.example.com` only what is below it; an IP
/// address; a range such as `10.0.0.0/8`, which counts for hosts that are written as addresses; each but the range with
/// `:port` for that port alone; `*` is everything. This machine itself is never asked through a proxy.
struct ProxyExceptions: Hashable, Sendable {
    private enum Rule: Hashable {
        case everything
        case range(IPRange)
        case address(IPAddress, port: Int?)
        case domain(suffix: String, includesItself: Bool, port: Int?)
    }

    private let rules: [Rule]

    /// Reads a list; what is none of the forms is passed over, as other tools do.
    ///
    /// - Parameter list: entries between commas or white space.
    init(_ list: String) {
        rules = list.lowercased().split { $0 == "," || $0.isWhitespace }.compactMap { Self.rule($0) }
    }

    /// Whether a host is asked without a proxy.
    func contains(_ origin: HTTPOrigin) -> Bool {
        let address = IPAddress(origin.host)
        if origin.isLoopback || address?.isLoopback == true { return true }
        return rules.contains { rule in
            switch rule {
            case .everything: true
            case .range(let range): address.map { range.contains($0) } ?? false
            case .address(let other, let port): address == other && Self.fits(port, origin)
            case .domain(let suffix, let includesItself, let port):
                Self.fits(port, origin)
                    && (origin.host.hasSuffix(suffix) || includesItself && origin.host == suffix.dropFirst())
            }
        }
    }

    private static func fits(_ port: Int?, _ origin: HTTPOrigin) -> Bool { port.map { $0 == origin.port } ?? true }

    private static func rule(_ entry: Substring) -> Rule? {
        if entry == "*" { return .everything }
        if let range = IPRange(entry) { return .range(range) }
        if let address = IPAddress(entry) { return .address(address, port: nil) }
        var (host, port): (Substring, Int?) = (entry, nil)
        if let colon = entry.lastIndex(of: ":") {
            let digits = entry[entry.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits) else { return nil }
            (host, port) = (entry[..<colon], number)
        }
        if let address = IPAddress(host) { return .address(address, port: port) }
        if host.hasPrefix("*.") { host = host.dropFirst() }
        guard !host.isEmpty, host != ".", !host.contains("/") else { return nil }
        let includesItself = !host.hasPrefix(".")
        return .domain(suffix: includesItself ? ".\(host)" : String(host), includesItself: includesItself, port: port)
    }
}
