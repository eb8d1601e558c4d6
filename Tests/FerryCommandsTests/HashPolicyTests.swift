import FerryTestSupport
import Foundation
import Testing

@Suite("Settings of the machine's libcrypto") struct HashPolicyTests {
    @Test("FIPS without a FIPS provider is named, and not taken for something wrong with keys or files")
    func fips() async throws {
        try await withScene { scene in
            let settings = """
                openssl_conf = init
                [init]
                providers = providers
                alg_section = algorithms
                [providers]
                default = default_provider
                [default_provider]
                activate = 1
                [algorithms]
                default_properties = fips=yes
                """
            let file = try scene.write(settings + "\n", to: "openssl.cnf")
            try scene.write(ImageSetText.make(images: [["127.0.0.1:1/team/app:v1"]]), to: "isc.yaml")
            for command in [
                ["plan", "-c", "isc.yaml"], ["doctor", "docker://127.0.0.1:1"], ["verify", "file://set"],
            ] {
                let result = try await scene.ferry(arguments: command, with: ["OPENSSL_CONF": file], exits: 1)
                #expect(result.stderr.contains("gives no SHA-256"), "\(result)")
                #expect(result.stderr.contains("FIPS providers only"), "\(result)")
                #expect(result.stderr.contains("OPENSSL_CONF"))
                #expect(result.stdout.isEmpty)
                #expect(!result.stderr.contains("key"))
            }
            try await scene.ferry("version", with: ["OPENSSL_CONF": file])
        }
    }
}
