import OCIModel
import Testing

@testable import Releases

@Suite struct SignatureStoreTests {
    @Test(arguments: [
        ("https://mirror.example.com/a/b", "https://mirror.example.com/a/b"),
        (" https://mirror.example.com/a/b/// \n", "https://mirror.example.com/a/b"),
        ("HTTP://Mirror.example.com:8080/", "http://mirror.example.com:8080"),
        ("https://mirror.example.com", "https://mirror.example.com"),
        ("file:///srv/signatures/", "file:///srv/signatures"), ("file:///srv/with space", "file:///srv/with space"),
    ])
    func readsAddresses(text: String, canonical: String) throws {
        let store = try SignatureStore(text)
        #expect(store.description == canonical)
        #expect(try SignatureStore(canonical) == store)
        #expect(store.isLocal == canonical.hasPrefix("file"))
    }

    @Test(arguments: [
        "", "  ", "/", "mirror.example.com/a", "ftp://mirror.example.com/a", "https://", "https:///a",
        "https://user:secret@mirror.example.com/a", "https://mirror.example.com/a?b=c",
        "https://mirror.example.com/a#b",
        "https://mirror.example.com:99999/", "https://mirror.example.com/a\nb", "file://", "file:///",
        "file://relative/folder",
        "file:/srv/signatures", "file:srv",
    ])
    func refusesAnythingElse(text: String) {
        #expect { try SignatureStore(text) } throws: {
            guard let error = $0 as? ReleasesError else { return false }
            return error.code == .invalidSignatureStore && !error.description.contains("secret")
        }
    }

    @Test(arguments: [(ReleaseProduct.ocp, 2), (.okd, 1)])
    func hasDefaults(product: ReleaseProduct, count: Int) throws {
        let stores = try SignatureStore.defaults(for: product)
        #expect(stores.count == count)
        #expect(stores.allSatisfy { !$0.isLocal && $0.description.hasPrefix("https://") })
    }
}
