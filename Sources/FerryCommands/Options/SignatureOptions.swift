import ArgumentParser
import Foundation
import HTTPTransport
import OpenPGP
import Releases

/// Where the signatures of releases are looked for, and which keys are trusted.
///
/// Flags go before variables, variables before what is built in; each replaces what is behind it.
struct SignatureOptions: ParsableArguments {
    @Option(
        name: .customLong("signature-store"),
        help:
            "Where signatures of releases are looked for, URL or file://DIR; several times: in that order. The default is $OCP_SIGNATURE_URL, else where clusters look."
    )
    var signatureStores: [String] = []

    @Option(
        name: .customLong("keyring"),
        help:
            "A file of OpenPGP public keys that may sign releases; several times: all. The default is $OCP_SIGNATURE_VERIFICATION_PK, else the built-in keys."
    )
    var keyRings: [String] = []

    /// One more than the largest key ring has, so that a larger one is noticed.
    private static let maximumKeyBytes = 4 << 20
    private static let storeVariable = "OCP_SIGNATURE_URL"
    private static let keyVariable = "OCP_SIGNATURE_VERIFICATION_PK"

    func validate() throws {
        do {
            _ = try namedStores()
        } catch let error as ReleasesError {
            throw ValidationError("--signature-store: \(error)")
        }
    }

    /// What looks for signatures of a product's releases and checks them.
    ///
    /// - Parameters:
    ///   - product: whose releases.
    ///   - transport: how web stores are reached.
    ///   - kept: the folder of signatures that were kept, looked at first; nil for none, and it need not exist.
    ///   - environment: the variables `OCP_SIGNATURE_URL` and `OCP_SIGNATURE_VERIFICATION_PK`; empty ones mean nothing.
    /// - Returns: the finder.
    /// - Throws: `FerryError` for a variable that is no store, and for key files that cannot be read or hold no key.
    func finder(
        for product: ReleaseProduct,
        transport: HTTPTransport,
        kept: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> ReleaseSignatureFinder {
        let stores = try stores(for: product, environment)
        return ReleaseSignatureFinder(
            stores: (kept.map { [.collection($0)] } ?? []) + stores,
            transport: transport,
            verifier: try await verifier(for: product, environment: environment)
        )
    }

    /// What decides whether signatures of a product's releases are right.
    ///
    /// - Parameters:
    ///   - product: whose releases.
    ///   - environment: the variable `OCP_SIGNATURE_VERIFICATION_PK`; an empty one means nothing.
    /// - Returns: the verifier.
    /// - Throws: `FerryError` for key files that cannot be read or hold no key.
    func verifier(
        for product: ReleaseProduct,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> ReleaseSignatureVerifier {
        let files = keyFiles(environment)
        return ReleaseSignatureVerifier(
            keyRing: files.isEmpty ? try BuiltInKeys.ring(for: product) : try await Self.keyRing(files),
            now: Int64(Date.now.timeIntervalSince1970),
            keyAdvice: files.isEmpty ? Self.advice(for: product) : nil
        )
    }

    /// Whether stores were named, so that no others are to be asked.
    func namesStores(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> Bool {
        !signatureStores.isEmpty || environment[Self.storeVariable].map { !$0.isEmpty } ?? false
    }

    /// The stores that are looked at, in order.
    ///
    /// - Throws: `FerryError` for a variable that is no store; `ReleasesError.invalidSignatureStore`.
    func stores(for product: ReleaseProduct, _ environment: [String: String]) throws -> [SignatureStore] {
        let named = try namedStores()
        if !named.isEmpty { return named }
        guard let text = environment[Self.storeVariable], !text.isEmpty else {
            return try SignatureStore.defaults(for: product)
        }
        do {
            return [try SignatureStore(text)]
        } catch {
            throw FerryError("\(Self.storeVariable): \(error)")
        }
    }

    /// The stores of the flags; a relative folder is one below the current folder, as everywhere on the command line.
    private func namedStores() throws -> [SignatureStore] {
        try signatureStores.map { text in
            guard text.hasPrefix("file://"), !text.hasPrefix("file:///"), text != "file://" else {
                return try SignatureStore(text)
            }
            var path = text.dropFirst("file://".count)
            while path.hasPrefix("./") { path = path.dropFirst(2) }
            if path == "." { path = "" }
            return try SignatureStore("file://\(FileManager.default.currentDirectoryPath)/\(path)")
        }
    }

    /// The key files with what named them; none when the built-in keys are meant.
    private func keyFiles(_ environment: [String: String]) -> [(origin: String, path: String)] {
        if !keyRings.isEmpty { return keyRings.map { ("--keyring", $0) } }
        guard let path = environment[Self.keyVariable], !path.isEmpty else { return [] }
        return [(Self.keyVariable, path)]
    }

    private static func keyRing(_ files: [(origin: String, path: String)]) async throws -> KeyRing {
        try await LocalFiles.run {
            var ring = KeyRing()
            for (origin, path) in files {
                do {
                    let bytes = try ConfigurationFile.read(path, maximum: maximumKeyBytes)
                    ring.add(try KeyRing(decoding: bytes, name: path))
                } catch let error as OpenPGPError {
                    throw FerryError("\(origin): \(error)")
                } catch let error as FerryError {
                    throw FerryError("\(origin): \(error.message)")
                }
            }
            return ring
        }
    }

    private static func advice(for product: ReleaseProduct) -> String {
        switch product {
        case .ocp: "other keys than the built-in ones are named with --keyring FILE or \(keyVariable)"
        case .okd:
            "of OKD's keys only one that expired in 2021 is built in: name the key of newer releases with --keyring FILE "
                + "or \(keyVariable)"
        }
    }
}
