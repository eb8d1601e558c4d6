import Foundation
import SeededRandom
import Testing

@testable import Releases

@Suite struct StrictJSONTests {
    @Test(arguments: [
        (#"{"a":1,"b":[true,false,null,-1.5e+3],"c":{"d":"x"}}"#, #"{"a":1}"#), (" [ ] \r\n\t", "[]"),
        (#""\u0041\n\"\\\/""#, #""A\n\"\\/""#), (#""\ud83d\ude00""#, "\"😀\""), ("0", "0"), ("-0.0E5", "0"),
        (#"{"a":{"a":{"a":1}}}"#, "{}"),
    ])
    func readsWhatIsJSON(text: String, other: String) throws {
        _ = try StrictJSON(decoding: Array(text.utf8))
        _ = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        _ = try StrictJSON(decoding: Array(other.utf8))
    }

    @Test func decodesTexts() throws {
        let text = #"{"\u0074ype":"\ud83d\ude00\t\u00e9/\/"}"#
        #expect(try StrictJSON(decoding: Array(text.utf8)) == .object(["type": .string("😀\té//")]))
    }

    @Test(arguments: [
        "", " ", "{", "}", "{]", "[1,]", "[,1]", "[1 2]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,"a":1}"#, "{a:1}",
        "{'a':1}", "01", "1.", ".5", "+1", "1e", "--1", "NaN", "Infinity", "tru", "True", "nul", "\"a", "\"\\x\"",
        "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"\n\"",
        "\"\0\"",
        "{} {}", "{}x", "{}\0", "null//", "/**/null", "\u{feff}{}", #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#,
        #"{"x":{"a":1,"b":2,"a":3}}"#, "-",
    ])
    func refusesAnythingElse(text: String) {
        #expect(throws: StrictJSON.Mistake.self) { try StrictJSON(decoding: Array(text.utf8)) }
    }

    @Test func refusesWhatIsNoUTF8() {
        for bytes in [[0x22, 0xff, 0x22], [0x22, 0xc0, 0xaf, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xff, 0xfe]] {
            #expect(throws: StrictJSON.Mistake(reason: "it is not UTF-8")) {
                try StrictJSON(decoding: bytes.map { UInt8($0) })
            }
        }
    }

    @Test(arguments: ["[", "{\"a\":"])
    func limitsTheNesting(opening: String) {
        let text = String(repeating: opening, count: 100_000)
        #expect(throws: StrictJSON.Mistake(reason: "it is nested too deeply")) {
            try StrictJSON(decoding: Array(text.utf8))
        }
    }

    /// What is accepted after any damage is JSON for Foundation, too.
    @Test func survivesDamage() throws {
        let whole = Array(#"{"critical":{"a":[1,-2.5e3,true,null],"b":"x\u00e9\ud83d\ude00\n"},"optional":{}}"#.utf8)
        let spice = Array(#"{}[]":,\u0e-+.tfn 1"#.utf8) + [0, 0x80, 0xc3, 0xff]
        var random = FuzzSeed.generator(71)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let byte = spice[Int.random(in: 0..<spice.count, using: &random)]
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                case 2: bytes.remove(at: place)
                default: bytes.removeSubrange(place...)
                }
                if bytes.isEmpty { break }
            }
            guard let value = try? StrictJSON(decoding: bytes) else { continue }
            accepted += 1
            let other = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(other != nil, "\(value): \(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 100)
    }
}
