/// How many letters two short words differ by, for "did you mean".
enum EditDistance {
    /// The candidate nearest to a word, when near enough to be meant: at most a third of its letters differ.
    ///
    /// Case does not count. A swap of two neighbours counts as one difference.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let letters = Array(word.lowercased().unicodeScalars)
        // Nobody mistypes a key into something this long.
        guard letters.count <= 64 else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let distance = between(letters, Array(candidate.lowercased().unicodeScalars))
            let allowed = max(1, max(letters.count, candidate.count) / 3)
            guard distance <= allowed, distance < best?.distance ?? .max else { continue }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    /// The optimal string alignment distance of two words.
    private static func between(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, leftLetter) in left.enumerated() {
            var current = [row + 1]
            for (column, rightLetter) in right.enumerated() {
                var distance = min(
                    last[column] + (leftLetter == rightLetter ? 0 : 1),
                    last[column + 1] + 1,
                    current[column] + 1
                )
                if row > 0, column > 0, leftLetter == right[column - 1], left[row - 1] == rightLetter {
                    distance = min(distance, beforeLast[column - 1] + 1)
                }
                current.append(distance)
            }
            beforeLast = last
            last = current
        }
        return last.last ?? left.count
    }
}
