/// A place inside a client program where `oc adm release extract` writes what release it belongs to.
///
/// The compiler leaves an area there: a NUL byte, the marker's name, a NUL byte, a run of the letter X, a NUL byte. A
/// value goes to its front, with a NUL byte behind it; what is left of the area stays.
///
/// https://github.com/openshift/oc/blob/master/pkg/cli/admin/release/extract_tools.go,
/// https://github.com/openshift/installer/blob/master/pkg/asset/releaseimage/default.go,
/// https://github.com/openshift/installer/blob/master/pkg/version/version.go
package enum ReleaseMarker: String, Sendable, CaseIterable {
    /// The reference of the payload, by digest.
    case image = "_RELEASE_IMAGE_LOCATION_"
    /// The version.
    case version = "_RELEASE_VERSION_LOCATION_"
    /// The platform: `linux/amd64`, or `multi (linux/amd64)`.
    case architecture = "_RELEASE_ARCHITECTURE_LOCATION_"
}

/// An area of a program that takes a value.
package struct ReleaseMarkerArea: Hashable, Sendable {
    /// What belongs there.
    package let marker: ReleaseMarker
    /// Where it begins, in bytes from the program's beginning.
    package let offset: Int64
    /// How many bytes it has, its first and last NUL byte included.
    package let length: Int

    /// The bytes that are written at its front: the value and a NUL byte; nil when they do not fit.
    package func bytes(for value: String) -> [UInt8]? {
        guard !value.isEmpty, !value.utf8.contains(0), value.utf8.count < length else { return nil }
        return Array(value.utf8) + [0]
    }
}

/// Finds the areas in the bytes of a program, however these are cut into chunks.
package struct ReleaseMarkerScanner {
    /// The shortest run of X that makes an area: the names alone stand in the programs too, followed by anything.
    static let shortestRun = 32
    /// The longest run of X that is looked at; the areas known have 300 and 64.
    static let longestRun = 4096

    private static let needle = Array("\0_RELEASE_".utf8)
    private static let markers = ReleaseMarker.allCases.map { ($0, [0] + Array($0.rawValue.utf8) + [0]) }

    /// What is left of the chunks before, because an area may begin in it.
    private var rest: [UInt8] = []
    private var position: Int64 = 0

    /// Starts at a program's first byte.
    package init() {}

    /// Looks at the next bytes.
    ///
    /// - Returns: the areas that end in them, in order.
    package mutating func scan(_ chunk: UnsafeRawBufferPointer) -> [ReleaseMarkerArea] {
        rest.append(contentsOf: chunk)
        var areas: [ReleaseMarkerArea] = []
        let consumed = rest.withUnsafeBytes { bytes in
            var start = 0
            while let hit = Self.hit(in: bytes, from: start) {
                switch Self.area(in: UnsafeRawBufferPointer(rebasing: bytes[hit...])) {
                case .found(let marker, let length):
                    areas.append(ReleaseMarkerArea(marker: marker, offset: position + Int64(hit), length: length))
                    // The last byte may be the first of the next area.
                    start = hit + length - 1
                case .none: start = hit + 1
                case .unfinished: return hit
                }
            }
            return max(start, bytes.count - Self.needle.count + 1)
        }
        rest.removeFirst(consumed)
        position += Int64(consumed)
        return areas
    }

    private enum Verdict {
        case found(ReleaseMarker, length: Int)
        case none
        case unfinished
    }

    /// What begins at the first of some bytes.
    private static func area(in bytes: UnsafeRawBufferPointer) -> Verdict {
        for (marker, prefix) in markers {
            let common = min(prefix.count, bytes.count)
            guard bytes.prefix(common).elementsEqual(prefix.prefix(common)) else { continue }
            guard bytes.count > prefix.count else { return .unfinished }
            let run = bytes.dropFirst(prefix.count).prefix(longestRun + 1).prefix { $0 == UInt8(ascii: "X") }.count
            guard run <= longestRun else { return .none }
            let end = prefix.count + run
            guard end < bytes.count else { return .unfinished }
            guard run >= shortestRun, bytes[end] == 0 else { return .none }
            return .found(marker, length: end + 1)
        }
        return .none
    }

    /// How far a search may jump by the byte under the needle's end (Horspool); Glibc's own search is not in Swift's view
    /// of it.
    private static let jumps: [Int] = {
        var jumps = [Int](repeating: needle.count, count: 256)
        for (index, byte) in needle.dropLast().enumerated() { jumps[Int(byte)] = needle.count - 1 - index }
        return jumps
    }()

    private static func hit(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        jumps.withUnsafeBufferPointer { jumps in
            needle.withUnsafeBytes { needle in
                var index = start
                while index <= bytes.count - needle.count {
                    let last = bytes[index + needle.count - 1]
                    if last == needle[needle.count - 1],
                        bytes[index..<index + needle.count].elementsEqual(needle)
                    {
                        return index
                    }
                    index += jumps[Int(last)]
                }
                return nil
            }
        }
    }
}
