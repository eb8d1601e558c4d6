import Testing

@testable import FerryCommands

@Suite("Command lines without secrets")
struct CommandWordsTests {
    @Test(
        "secrets are hidden, the rest stays",
        arguments: [
            ("ferry mirror -c a.yaml file://set", "ferry mirror -c a.yaml file://set"),
            ("ferry mirror docker://u:p@quay.io/a", "ferry mirror docker://[hidden]@quay.io/a"),
            ("ferry serve x --user joe:secret", "ferry serve x --user [hidden]"),
            ("ferry serve x --user=joe:secret", "ferry serve x --user=[hidden]"),
            ("ferry serve x --user-file /etc/users", "ferry serve x --user-file /etc/users"),
            ("ferry x --registry-token abc --yes", "ferry x --registry-token [hidden] --yes"),
            ("ferry x --password --yes", "ferry x --password --yes"),
            ("ferry x --graph-data https://h/g?sig=1#f", "ferry x --graph-data https://h/g?[hidden]"),
            ("ferry x --graph-data=https://a:b@h/g", "ferry x --graph-data=https://[hidden]@h/g"),
            ("ferry x https://a@b:c@h/p@q", "ferry x https://[hidden]@h/p@q"),
            ("ferry x file:///a@b?c", "ferry x file:///a@b?c"),
            ("ferry x ://@", "ferry x ://[hidden]@"),
        ]
    )
    func hiding(words: String, safe: String) {
        #expect(
            CommandWords.withoutSecrets(words.split(separator: " ").map(String.init)).joined(separator: " ") == safe
        )
    }
}
