import Foundation
import HTTPTransport
import NIOPosix
import Releases
import Testing

@testable import FerryCommands

@Suite("Where signatures are looked for, by flags and variables")
struct SignatureOptionsTests {
    private func options(_ stores: [String]) -> SignatureOptions {
        var options = SignatureOptions()
        options.signatureStores = stores
        options.keyRings = []
        return options
    }

    private func stores(
        _ named: [String],
        _ environment: [String: String] = [:],
        for product: ReleaseProduct = .ocp
    ) throws -> [String] {
        try options(named).stores(for: product, environment).map(\.description)
    }

    @Test func flagsGoBeforeVariablesBeforeDefaults() throws {
        let variables = ["OCP_SIGNATURE_URL": "https://c.example.com/s/"]
        let flags = ["https://b.example.com", "file:///a"]
        #expect(try stores(flags, variables) == ["https://b.example.com", "file:///a"])
        for product in [ReleaseProduct.ocp, .okd] {
            #expect(try stores([], variables, for: product) == ["https://c.example.com/s"])
            let defaults = try SignatureStore.defaults(for: product).map(\.description)
            #expect(try stores([], [:], for: product) == defaults)
            #expect(try stores([], ["OCP_SIGNATURE_URL": ""], for: product) == defaults)
        }
    }

    @Test(arguments: ["file://s", "file://./s", "file://././s/"])
    func foldersMayBeRelative(text: String) throws {
        #expect(try stores([text]) == ["file://\(FileManager.default.currentDirectoryPath)/s"])
    }

    @Test func refusesVariablesThatAreNoStores() {
        #expect {
            try stores([], ["OCP_SIGNATURE_URL": "mirror.example.com"])
        } throws: {
            ($0 as? FerryError)?.message.hasPrefix("OCP_SIGNATURE_URL: ") == true
        }
    }

    @Test func looksAtKeptSignaturesFirst() async throws {
        let stores = try await HTTPTransport.withTransport(
            HTTPTransportConfiguration(),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        ) { transport in
            try await options(["file:///a"])
                .finder(for: .okd, transport: transport, kept: "/kept/signatures", environment: [:]).stores
        }
        #expect(try stores == [.collection("/kept/signatures"), SignatureStore("file:///a")])
    }
}
