import Testing

@testable import ImageSetConfig

@Suite("Patterns of blocked images")
struct BlockPatternTests {
    @Test(
        "A pattern is searched anywhere in the reference, without its transport",
        arguments: [
            ("alpine", "quay.io/team/my-alpine-tools:1", true), ("^quay", "docker://quay.io/a:1", true),
            ("^docker", "docker://quay.io/a:1", false), ("^oci", "oci:///srv/oci", false), ("", "x", true),
            ("", "", true),
            ("a.c", "xabcx", true), ("a\\.c", "xabcx", false), ("^abc$", "abc", true), ("^abc$", "abcd", false),
            ("a*b", "b", true), ("a+b", "b", false), ("^a?b$", "b", true), ("^a{2,3}$", "aa", true),
            ("^a{2,3}$", "aaaa", false),
            ("^a{2}$", "aa", true), ("^a{2,}$", "aaaaa", true), ("^a{0}$", "", true), ("a{,3}", "a{,3}", true),
            ("a{", "a{", true),
            ("foo|bar", "xbarx", true), ("^(foo|bar)$", "foobar", false), ("^(?:foo|bar)+$", "foobar", true),
            ("(|a)*b", "b", true),
            ("[abc]d", "cd", true), ("[^abc]d", "cd", false), ("[a-c0-9]+x", "b7x", true), ("[]a]", "]", true),
            ("[^]a]", "]", false),
            ("[a-]", "-", true), ("[-a]", "-", true), ("[\\d-z]", "-", true), ("[[:alpha:]]", "9", false),
            ("[[:^alpha:]]", "9", true),
            ("[[:word:]-]+", "a-b", true), ("\\d\\D", "1a", true), ("\\w\\W", "a/", true), ("\\s", " ", true),
            ("\\S", " ", false),
            ("\\bfoo\\b", "a/foo:1", true), ("\\bfoo\\b", "afoo", false), ("\\Boo", "foo", true),
            ("\\Afoo\\z", "foo", true),
            ("(?i)ABC", "xabc", true), ("(?i:A)b", "aB", false), ("(?i)[A-C]", "b", true), ("(?i)k", "K", true),
            ("a(?i)B|C", "c", true),
            ("(?s).", "\n", true), (".", "\n", false), ("(?m)^b$", "a\nb\nc", true), ("^b$", "a\nb\nc", false),
            ("(?U)a+", "a", true),
            ("(?P<n>a)", "a", true), ("(?<n>a)", "a", true), ("\\x41\\x{42}\\103", "ABC", true),
            ("\\Qa.b\\E.", "a.bx", true),
            ("\\Qa.b", "axb", false), ("\\pL\\p{Nd}\\PL", "a1-", true), ("[\\p{^L}]", "1", true),
            ("\\p{Lu}", "a", false),
            ("\\.\\-\\/\\_", ".-/_", true), ("(a*)*b", "aaaa", false), ("quay\\.io/.*:v1\\.", "quay.io/x/y:v1.2", true),
            ("ä", "ä", true), ("\\t\\n", "\t\n", true), ("a*?b", "b", true), ("$^", "", true), ("(?i-s:A)", "a", true),
        ]
    )
    func matches(_ pattern: String, _ text: String, _ expected: Bool) throws {
        #expect(try BlockPattern(pattern).matches(text) == expected)
    }

    @Test(
        "What RE2 refuses is refused with its reason",
        arguments: [
            ("(?=a)", "look-around"), ("(?!a)", "look-around"), ("(?<=a)", "look-around"), ("(?<!a)", "look-around"),
            ("(a)\\1", "back-reference"), ("\\9", "back-reference"), ("(?P=a)", "named capture"), ("(?>a)", "atomic"),
            ("(?#a)", "comments"),
            ("*", "missing argument"), ("a|*", "missing argument"), ("(+)", "missing argument"),
            ("a**", "nested repetition"),
            ("a++", "nested repetition"), ("a*?+", "nested repetition"), ("a{2}{3}", "nested repetition"),
            ("(a", "missing closing"),
            ("a)", "unexpected"), ("[a", "missing closing"), ("[", "missing closing"), ("[]", "missing closing"),
            ("[z-a]", "class range"),
            ("[a-\\d]", "class range"), ("[[:foo:]]", "class range"), ("a\\", "trailing backslash"), ("\\Z", "escape"),
            ("\\C", "escape"),
            ("\\ä", "escape"), ("\\xZZ", "escape"), ("\\x{110000}", "escape"), ("\\x{", "escape"),
            ("a{1001}", "repeat count"),
            ("a{3,2}", "repeat count"), ("(a{100}){100}", "repeat count"), ("a{99999999999999999999}", "repeat count"),
            ("(?P<>a)", "named capture"), ("(?P<a", "named capture"), ("(?x)a", "unsupported"),
            ("(?", "missing closing"), ("(?i", "missing closing"),
            ("(?-)a", "unsupported"), ("\\p{Foo}", "not supported"), ("\\p", "not supported"),
            ("\\p{L", "missing closing"),
            ("([a-z]{1000}[0-9]{1000}[A-Z]{1000}){40}", "repeat count"),
        ]
    )
    func refuses(_ pattern: String, _ reason: String) {
        let error = #expect(throws: BlockPatternError.self) { try BlockPattern(pattern) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("Size and depth are bounded, and no pattern takes long", .timeLimit(.minutes(10)))
    func bounds() throws {
        #expect(throws: BlockPatternError.self) { try BlockPattern(String(repeating: "(", count: 100_000)) }
        #expect(throws: BlockPatternError.self) { try BlockPattern(String(repeating: "a{1000}", count: 100)) }
        #expect(try !BlockPattern("(a*)*(a*)*(a|a)*$x").matches(String(repeating: "a", count: 2000)))
    }

    @Test("The first pattern that matches any reference of an image blocks it")
    func blocking() throws {
        let outcome = Outcome(mirror: "platform: {graph: on}\nblockedImages:\n- name: nothing\n- name: alpine")
        let configuration = try #require(outcome.configuration)
        #expect(
            configuration.blockingPattern(for: ["quay.io/a:1", "local:5000/alpine:1"])?.place.description
                == "mirror.blockedImages[1] (line 6)"
        )
        #expect(configuration.blockingPattern(for: ["quay.io/a:1"]) == nil)
    }
}
