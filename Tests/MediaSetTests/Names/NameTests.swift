import Testing

@testable import MediaSet

@Suite struct NameTests {
    @Test(arguments: [
        ("4GiB", Int64(4) << 30), ("4095MiB", 4095 << 20), ("25GB", 25_000_000_000), ("fat32", 4_294_967_295),
        ("1000000", 1_000_000), ("64kib", 65_536), ("2TB", 2_000_000_000_000),
    ])
    func readsVolumeSizes(text: String, bytes: Int64) throws {
        #expect(try VolumeSize(text).limit == bytes)
    }

    @Test func noneHasNoLimit() throws {
        #expect(try VolumeSize("none").limit == nil)
        #expect(VolumeSize.standard.limit == 500 << 30)
        #expect(VolumeSize.standard.description == "500 GiB")
        #expect(VolumeSize.fat32.description == "4294967295 bytes")
    }

    @Test(arguments: [
        "", "GiB", "-4GiB", "4.5GiB", "4 GiB", "4XB", "0", "99999999999TiB", "9223372036854775808", "٤GiB",
    ])
    func refusesVolumeSizes(text: String) {
        let error = #expect(throws: MediaSetError.self) { try VolumeSize(text) }
        #expect(error?.code == .invalidVolumeSize)
    }

    @Test func namesAreAsDocumented() throws {
        let name = VolumeName(sequence: 3, set: try SetIdentifier("5f2c91d4a0b1"), number: 1, count: 4)
        #expect(name.fileName == "mirror_000003_5f2c91d4a0b1_001of004.tar")
        #expect(name.partialName == "mirror_000003_5f2c91d4a0b1_001of004.tar.partial")
        #expect(VolumeName(fileName: name.fileName) == name)
        let many = VolumeName(sequence: 1, set: try SetIdentifier("5f2c91d4a0b1"), number: 1000, count: 1200)
        #expect(VolumeName(fileName: many.fileName) == many)
    }

    @Test(arguments: [
        "mirror_000003_5f2c91d4a0b1_001of004.tar.partial", "mirror_3_5f2c91d4a0b1_001of004.tar",
        "mirror_000003_5F2C91D4A0B1_001of004.tar", "mirror_000003_5f2c91d4a0b1_005of004.tar", "mirror_000001.tar",
        "mirror_000003_5f2c91d4a0b1_001of.tar", "mirror_000003_5f2c91d4a0b1_000of004.tar",
        "mirror_000003_5f2c91d4a0b1_001of9999999999.tar",
    ])
    func otherNamesAreNone(name: String) {
        #expect(VolumeName(fileName: name) == nil)
    }

    @Test(arguments: ["", "5f2c91d4a0b", "5f2c91d4a0b1a", "5F2c91d4a0b1", "../../../../"])
    func refusesIdentifiers(text: String) {
        let error = #expect(throws: MediaSetError.self) { try SetIdentifier(text) }
        #expect(error?.code == .invalidName)
    }
}
