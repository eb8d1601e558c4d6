import Testing

@testable import RegistriesConf

@Suite("TOML") struct TOMLParserTests {
    private func root(_ text: String) throws -> TOMLTable { try TOMLParser.parse(Array(text.utf8), file: "f") }

    private func string(_ value: TOMLValue?) -> String? {
        if case .string(let text)? = value { text } else { nil }
    }

    @Test(
        "strings of all kinds",
        arguments: [
            (#""plain # no comment""#, "plain # no comment"),
            (#"'C:\no\escape'"#, #"C:\no\escape"#),
            (#""a\tb\n\"q\" \\ \u00e9 \U0001F600""#, "a\tb\n\"q\" \\ é 😀"),
            (#""""#, ""),
            ("''", ""),
            ("\"\"\"\nfirst\n  \"two\" quotes\"\"\"", "first\n  \"two\" quotes"),
            ("\"\"\"five\"\"\"\"\"", "five\"\""),
            ("\"\"\"a \\\n\n   b\"\"\"", "a b"),
            ("'''\r\nraw \\ 'x'\r\n'''", "raw \\ 'x'\n"),
            ("\"\"\"\"\"\"\"", "\""),
        ]
    )
    func strings(text: String, expected: String) throws {
        let root = try root("a = \(text) # end\nb = true\n")
        #expect(string(root["a"]) == expected)
        let goesOn = if case .bool(true)? = root["b"] { true } else { false }
        #expect(goesOn)
    }

    @Test("keys, tables and arrays of tables are where TOML says")
    func structure() throws {
        let root = try root(
            """
            \u{feff}# a comment
            bare-key_1 = 1
            "quoted key" = 1979-05-27 07:32:00Z
            a . b.'c.d' = "deep"
            list = [ "x", # one
              ["y"], {z = "inline", n = 0x1F}, ]
            empty = {}
            [t]
            x = +1.5e3
            [[r]]
            n = "0"
            [[r.m]]
            n = "0.0"
            [[r.m]]
            n = "0.1"
            [[r]]
            n = "1"
            [r.sub]
            n = "1.sub"
            [u.v.w]
            [u]
            x = -inf
            """
        )
        #expect(root.keys == ["a", "bare-key_1", "empty", "list", "quoted key", "r", "t", "u"])
        guard case .table(let a)? = root["a"], case .table(let b)? = a["b"] else { throw Missing() }
        #expect(string(b["c.d"]) == "deep")
        guard case .array(let list)? = root["list"], list.count == 3, case .table(let inline) = list[2] else {
            throw Missing()
        }
        #expect(string(inline["z"]) == "inline")
        guard case .tables(let r)? = root["r"], r.count == 2, case .tables(let m)? = r[0]["m"] else { throw Missing() }
        #expect(m.map { string($0["n"]) } == ["0.0", "0.1"])
        #expect(r.map(\.line) == [10, 16])
        #expect(m[1].line(of: "n") == 15)
        guard case .table(let sub)? = r[1]["sub"] else { throw Missing() }
        #expect(string(sub["n"]) == "1.sub")
    }

    @Test(
        "what TOML forbids is refused, with the line",
        arguments: [
            ("a = 1\na = 2", 2), ("[a]\n[a]", 2), ("[a]\n[[a]]", 2), ("[[a]]\n[a]", 2), ("a = []\n[[a]]", 2),
            ("a = {}\n[a.b]", 2), ("a = {}\na.b = 1", 2), ("a.b = 1\n[a]", 2), ("[a.b]\n[a]\nb.c = 1", 3),
            ("a = {b = 1\n}", 1), ("a = {b = 1,}", 1), ("a = [1 2]", 1), ("a = [,]", 1), ("a = ,", 1), ("= 1", 1),
            ("a", 1), ("a = x", 1), ("a = \"x", 1), ("a = \"x\ny\"", 1), ("a = \"\\q\"", 1), ("a = \"\\ud800\"", 1),
            ("a = \"\\u00\"", 1), ("[", 1), ("[]", 1), ("[[a]", 1), ("[ [a]]", 1), ("[*]", 1), ("[a] b", 1),
            ("a = 1 b = 2", 1),
            ("a = '''x", 1), ("é = 1", 1), ("a = tru", 1), ("a.=1", 1), ("a = 1\r", 1), ("# \u{1}", 1),
            ("a = \"\u{7f}\"", 1),
            ("a = true\nb = falsey", 2), ("a = \"\"\"\n\n\n\"\"\"\"\"\"", 4),
        ]
    )
    func forbidden(text: String, line: Int) {
        let error = #expect(throws: RegistriesConfError.self) { try root(text) }
        #expect(error?.code == .invalidTOML)
        #expect(error?.message.hasPrefix("f:\(line) ") == true, "\(error?.message ?? "")")
    }

    private struct Missing: Error {}
}
