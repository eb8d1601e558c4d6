import Testing

@testable import RegistryClient

struct AuthChallengeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let values: [String]
        let expected: [AuthChallenge]

        var testDescription: String { values.joined(separator: " | ") }

        init(_ values: String..., expected: [(String, [String: String])]) {
            self.values = values
            self.expected = expected.map { AuthChallenge(scheme: $0.0, parameters: $0.1) }
        }
    }

    static let cases = [
        Case(
            #"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
            expected: [
                (
                    "bearer",
                    [
                        "realm": "https://auth.docker.io/token", "service": "registry.docker.io",
                        "scope": "repository:a/b:pull,push",
                    ]
                )
            ]
        ),
        Case(
            #"Basic realm="a, b", charset=UTF-8, Bearer Realm = "r" , service=s"#,
            expected: [("basic", ["realm": "a, b", "charset": "UTF-8"]), ("bearer", ["realm": "r", "service": "s"])]
        ),
        Case(
            "Negotiate, Basic realm=x",
            #"Bearer realm="q\"uo\\te""#,
            expected: [("negotiate", [:]), ("basic", ["realm": "x"]), ("bearer", ["realm": #"q"uo\te"#])]
        ),
        Case("Negotiate abc/d==, Basic realm=x", expected: [("negotiate", [:]), ("basic", ["realm": "x"])]),
        Case("Negotiate abcd, Basic", expected: [("negotiate", [:]), ("basic", [:])]),
        Case(#"Bearer realm="one",realm="two""#, expected: [("bearer", ["realm": "one"])]),
        Case(#"Bearer realm="open"#, expected: [("bearer", ["realm": "open"])]),
        Case(", ,, Basic realm=x,,", expected: [("basic", ["realm": "x"])]),
        Case("", expected: []),
        Case(#""quoted", =, Basic"#, expected: [("basic", [:])]),
    ]

    @Test(arguments: cases)
    func `reads all challenges`(_ example: Case) {
        #expect(AuthChallenge.all(in: example.values) == example.expected)
    }
}
