/// Which layers the images of a sample release have.
///
/// The shape is that of a real release: one base layer below everything, six layers that groups of components share,
/// one to three layers of each component's own, most of 1 to 15 MB and a few of 30 to 60 MB at the default size. With
/// 190 images there are 387 own layers, and with the payload's one and all configs 586 blobs.
struct SampleReleaseLayout {
    /// One component for one architecture.
    struct Image {
        let name: String
        /// From the base up.
        let layers: [SampleLayer]
    }

    /// The layer below all images.
    let base: SampleLayer
    /// The component images in the order of their names.
    let images: [Image]
    /// Every layer once, the largest first.
    let layers: [SampleLayer]

    /// Lays out the images of one architecture.
    ///
    /// - Parameters:
    ///   - options: valid options.
    ///   - architecture: one of the options' architectures.
    init(_ options: SampleReleaseOptions, _ architecture: SampleArchitecture) {
        let total = options.totalSize / Int64(options.architectures.count)
        func layer(_ name: String, _ size: Int64) -> SampleLayer {
            SampleLayer(seed: options.seed, name: "\(architecture.rawValue)-\(name)", contentBytes: size)
        }
        let base = layer("base", total / 85)
        let middle = (1...6).map { layer("group-\($0)", total / 85_000 * 329) }
        let names = Self.names(options.images)
        let ownNames = names.enumerated().map { index, name in
            (1...Self.ownLayers(ofImage: index)).map { "\(name)-\($0)" }
        }
        let sizes = Self.sizes(
            count: ownNames.joined().count,
            total: total - base.contentBytes,
            random: SampleRandom(seed: options.seed, name: "\(architecture.rawValue)-sizes")
        )
        var next = sizes.makeIterator()
        let own = ownNames.map { $0.map { layer($0, next.next() ?? 0) } }
        self.base = base
        images = zip(names, own).enumerated().map { index, image in
            Image(name: image.0, layers: [base, middle[index % middle.count]] + image.1)
        }
        let used = middle.prefix(options.images)
        layers = ([base] + used + own.joined()).sorted { ($1.contentBytes, $0.name) < ($0.contentBytes, $1.name) }
    }

    /// `component-001` and so on: in the order of numbers also when sorted as text.
    static func names(_ count: Int) -> [String] {
        let width = max(3, "\(count)".count)
        return (1...count).map { number in
            let digits = "\(number)"
            return "component-" + String(repeating: "0", count: width - digits.count) + digits
        }
    }

    /// One, two, three in turn, and now and then one more, so that 190 images have 387.
    private static func ownLayers(ofImage index: Int) -> Int { index % 24 == 0 ? 2 : 1 + index % 3 }

    /// Sizes that add up to about `total`, most of them small.
    ///
    /// Integers only: floating point might differ by machine.
    private static func sizes(count: Int, total: Int64, random: SampleRandom) -> [Int64] {
        var random = random
        let weights = (0..<count).map { _ -> UInt64 in
            let draw = random.next()
            if draw % 64 == 0 { return 30_000 + (draw >> 32) % 30_000 }
            // The fourth power of a fraction in 1/65536, in 1/2^32.
            let fraction = draw >> 48
            let skewed = (fraction * fraction * fraction * fraction) >> 32
            return 1000 + ((14_000 * skewed) >> 32)
        }
        let sum = max(1, weights.reduce(0, +))
        return weights.map { weight in
            // The weight is part of the sum, so the quotient fits.
            Int64(sum.dividingFullWidth(UInt64(total).multipliedFullWidth(by: weight)).quotient)
        }
    }
}
