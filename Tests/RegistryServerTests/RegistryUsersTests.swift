import FerryTestSupport
import Foundation
import Testing

@testable import RegistryServer

@Suite("Users")
struct RegistryUsersTests {
    private func basic(_ text: String) -> String { "Basic " + Data(text.utf8).base64EncodedString() }

    @Test("only the named users are admitted")
    func admission() throws {
        let users = try RegistryUsers(["ann:secret", "bob:pass:with:colons"])
        #expect(users.admit(basic("ann:secret")))
        #expect(users.admit(basic("bob:pass:with:colons")))
        #expect(users.admit("basic " + Data("ann:secret".utf8).base64EncodedString()))
        for wrong in [
            nil, "", "Basic", "Basic ", "Basic !!!", basic("ann:Secret"), basic("ann:"), basic("bob:secret"),
            basic("ann"),
            "Bearer abc", basic("ann:secretx"),
        ] {
            #expect(!users.admit(wrong))
        }
    }

    @Test(
        "entries without name or password are refused",
        arguments: [[], ["ann"], [":secret"], ["ann:"], ["a:b", "c"]]
    )
    func invalid(_ entries: [String]) {
        let error = #expect(throws: RegistryServerError.self) { try RegistryUsers(entries) }
        #expect(error?.code == .invalidUsers)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("a file has a user per line, and comments")
    func file() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/users"
            try "# who\n\n  ann:secret  \nbob:x\n".write(toFile: path, atomically: true, encoding: .utf8)
            let users = try await RegistryUsers(contentsOf: path)
            #expect(users.admit(basic("ann:secret")))
            #expect(users.admit(basic("bob:x")))
            #expect(!users.admit(basic("# who")))
            await #expect(throws: RegistryServerError.self) { try await RegistryUsers(contentsOf: "\(folder)/none") }
        }
    }
}
