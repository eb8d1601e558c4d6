/// The file name of a volume: `mirror_<seq>_<set>_<nnn>of<mmm>.tar`.
package struct VolumeName: Hashable, Sendable, CustomStringConvertible {
    /// What stands after the name while the volume is being written.
    package static let partialSuffix = ".partial"

    /// The set's number for its destination, from 1.
    package let sequence: Int
    /// The set.
    package let set: SetIdentifier
    /// The volume's number, from 1.
    package let number: Int
    /// How many volumes the set has.
    package let count: Int

    /// Joins the parts.
    package init(sequence: Int, set: SetIdentifier, number: Int, count: Int) {
        self.sequence = sequence
        self.set = set
        self.number = number
        self.count = count
    }

    /// Takes a file name apart; nil when it is no volume's name.
    package init?(fileName: some StringProtocol) {
        let parts = fileName.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "mirror", parts[3].hasSuffix(".tar") else { return nil }
        let place = parts[3].dropLast(4).split(separator: "of", omittingEmptySubsequences: false)
        guard place.count == 2, let sequence = Self.number(parts[1], digits: 6),
            let number = Self.number(place[0], digits: 3), let count = Self.number(place[1], digits: 3),
            number <= count
        else { return nil }
        do {
            self.init(sequence: sequence, set: try SetIdentifier(parts[2]), number: number, count: count)
        } catch {
            // A name with something else in the place of the set id is somebody else's file.
            return nil
        }
    }

    /// The name of the finished volume.
    package var fileName: String {
        "\(Self.stem(sequence: sequence, set: set))_\(Self.padded(number, 3))of\(Self.padded(count, 3)).tar"
    }

    /// What the names of all files of a set begin with.
    static func stem(sequence: Int, set: SetIdentifier) -> String { "mirror_\(padded(sequence, 6))_\(set)" }

    /// The name while the volume is being written.
    package var partialName: String { fileName + Self.partialSuffix }

    /// The name of the finished volume.
    package var description: String { fileName }

    /// A number with leading zeros up to a width.
    static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    private static func number(_ text: some StringProtocol, digits: Int) -> Int? {
        guard (digits...9).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(text), number > 0
        else { return nil }
        return number
    }
}
