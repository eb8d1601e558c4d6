import HTTPTransport

/// Which setting is behind a 413, by who says that it answered.
enum BodyLimitAdvice {
    /// What to do about a body that is too large, as the end of a sentence; of the answer of status 413.
    static func text(for answer: some HTTPAnswerHead) -> String {
        let server = answer.fields["server"]?.prefix { $0.isASCII && $0 >= " " }.prefix(60) ?? ""
        let setting = setting(of: server.lowercased(), answer.fields)
        guard !server.isEmpty else {
            return "; the registry or a proxy before it limits the size of uploads: raise that limit"
        }
        return "; \(server) refused the size of the body: \(setting)"
    }

    private static func setting(of server: String, _ fields: HTTPFields) -> String {
        if server.contains("cloudflare") || fields["cf-ray"] != nil {
            return "Cloudflare's plan limits uploads; use an address of the registry that does not pass through it"
        }
        if server.contains("nginx") || server.contains("openresty") {
            return
                "set client_max_body_size 0 there (for an ingress nginx.ingress.kubernetes.io/proxy-body-size: \"0\")"
        }
        if server.contains("apache") { return "set LimitRequestBody 0 there" }
        if server.contains("envoy") { return "raise max_request_bytes of its buffer filter" }
        if server.contains("microsoft-iis") { return "raise maxAllowedContentLength there" }
        return "raise its limit on the size of uploads"
    }
}
