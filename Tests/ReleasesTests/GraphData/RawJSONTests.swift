import Testing

@testable import Releases

@Suite("JSON that keeps what it does not know")
struct RawJSONTests {
    @Test(
        "keeps numbers and texts as written, sorts members, the last of a name counts",
        arguments: [
            (
                #" {"b":1.000000000000000000001,"a":[true,null,-0,1e400]} "#,
                #"{"a":[true,null,-0,1e400],"b":1.000000000000000000001}"#
            ),
            (#"{"a":"\ud800\/é\n","\u0061":"x"}"#, #"{"a":"x"}"#),
            (#"{"a":"\ud800\/é\n"}"#, #"{"a":"\ud800\/é\n"}"#),
            (#"{"\"\u0001\ud83d\ude00":{}, "é":[]}"#, "{\"\\\"\\u0001😀\":{},\"é\":[]}"),
        ]
    )
    func keeps(_ text: String, _ expected: String) throws {
        let json = try RawJSON(parsing: Array(text.utf8))
        #expect(String(decoding: json.encoded, as: UTF8.self) == expected)
        #expect(try RawJSON(parsing: json.encoded).encoded == json.encoded)
    }

    @Test(
        "refuses what is no JSON",
        arguments: [
            "", " ", "{", "[", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "01", "1.", "-", ".5", "1e", "nul",
            "tru e",
            "\"", "\"\\x\"", "\"\\u12g4\"", "\"\u{1}\"", "1 2", "{\"\\ud800\":1}", "NaN", "'a'", "[1 2]", "\"\\",
            String(repeating: "[", count: 100_000),
        ]
    )
    func refuses(_ text: String) {
        #expect(throws: RawJSON.Mistake.self) { try RawJSON(parsing: Array(text.utf8)) }
    }

    @Test("refuses bytes that are no UTF-8")
    func notUTF8() {
        #expect(throws: RawJSON.Mistake.self) { try RawJSON(parsing: [0x22, 0xff, 0x22]) }
    }
}
