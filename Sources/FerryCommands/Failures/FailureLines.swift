import MirrorPlan

/// Tells what failed, a line for each cause: a host that is gone fails all images that are under way alike.
struct FailureLines: Sendable {
    /// What failed for one cause.
    private struct Group {
        var images: [FailedImage]

        /// The sentence that most of them have: that the host was given up, where it was.
        var message: String {
            var counts: [String: Int] = [:]
            for image in images { counts[image.message, default: 0] += 1 }
            let most = counts.values.max() ?? 0
            return images.first { counts[$0.message] == most }?.message ?? ""
        }
    }

    private struct Cause: Hashable {
        let registry: String
        let text: String
    }

    /// After how many lines the rest is counted only.
    private static let maximum = 50
    /// How many images of a group are named.
    private static let named = 3

    private var groups: [Group] = []

    /// Sorts failures by cause.
    ///
    /// - Parameter failures: what failed, in the order in which it is to be told.
    init(_ failures: [FailedImage]) {
        var positions: [Cause: Int] = [:]
        for image in failures {
            guard let registry = image.registry, let text = image.cause else {
                groups.append(Group(images: [image]))
                continue
            }
            let cause = Cause(registry: registry, text: text)
            if let position = positions[cause] {
                groups[position].images.append(image)
            } else {
                positions[cause] = groups.count
                groups.append(Group(images: [image]))
            }
        }
    }

    /// The lines.
    ///
    /// - Parameters:
    ///   - name: what each begins with.
    ///   - path: the file that has each image.
    /// - Returns: one for each cause, and one for those that are left out.
    func text(name: String = "", see path: String) -> [String] {
        let lines = groups.prefix(Self.maximum).map { name + line($0, path) }
        let more = groups.dropFirst(Self.maximum).reduce(0) { $0 + $1.images.count }
        return more == 0 ? lines : lines + ["\(name)and \(more) more, see \(path)"]
    }

    private func line(_ group: Group, _ path: String) -> String {
        let names = group.images.prefix(Self.named).map { image in
            "\(image.origin) (\(image.reasons.map(\.text).joined(separator: "; ")))"
        }
        guard group.images.count > 1, let registry = group.images.first?.registry else {
            return "\(names.first ?? ""): \(group.message)"
        }
        let more = group.images.count - names.count
        let all = names.joined(separator: ", ") + (more > 0 ? " and \(more) more, see \(path)" : "")
        return "\(group.images.count) images failed alike at \(registry): \(group.message): \(all)"
    }
}
