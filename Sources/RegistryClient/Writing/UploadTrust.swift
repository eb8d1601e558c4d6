/// Decides by which count an upload goes on where a registry says that it has other bytes than it took.
///
/// Either the registry lost some of them, or its word is wrong (ECR and Zot are known for that); nothing tells the two
/// apart beforehand. So the word is followed first, unless it is known to be wrong, and then the upload's own count: always
/// that of the two which led nowhere less often. Neither is taken for a proof: the digest at the end decides.
struct UploadTrust: Sendable {
    /// What to do about a word that differs from the own count.
    enum Choice: Hashable, Sendable {
        /// Go back to what the registry says.
        case word
        /// Go on behind the last part that it took.
        case count
        /// Begin a new session: this one may have got bytes twice.
        case anew
    }

    /// The end of the last part that the session took, in bytes; 0 for none.
    private(set) var taken: Int64 = 0
    /// Whether the session goes on by the own count, against the word.
    private(set) var followsCount = false
    /// Whether the session once went on by the word, and by the count.
    private var (followedWord, followedCount) = (false, false)
    /// How often each of them was found to be wrong.
    private var (wrongWords, wrongCounts) = (0, 0)
    /// The most that the registry owned up to, by what it had taken: what was followed once.
    private var words: [Int64: Int64] = [:]

    /// Begins with what other uploads to the registry showed.
    init(isWordWrong: Bool) {
        wrongWords = isWordWrong ? 1 : 0
    }

    /// A session was opened.
    mutating func opened() {
        taken = 0
        followsCount = false
        (followedWord, followedCount) = (false, false)
    }

    /// A part was taken.
    ///
    /// - Parameters:
    ///   - end: where it ends, in bytes of the blob.
    ///   - said: how many bytes the registry says it has now, if it says so.
    mutating func took(upTo end: Int64, said: Int64?) {
        taken = end
        if let said, said != end { wrongWords = max(wrongWords, 1) }
    }

    /// What to do when the registry says, after a part that it took, that it stands elsewhere.
    ///
    /// - Parameters:
    ///   - said: how many bytes it says it has.
    ///   - sent: how many it can have at most.
    /// - Returns: what to do.
    mutating func choice(said: Int64, sent: Int64) -> Choice {
        if said > sent { wrongWords = max(wrongWords, wrongCounts + 1) }
        if let earlier = words[taken], said <= earlier { wrongWords += 1 }
        words[taken] = max(said, words[taken] ?? 0)
        guard wrongWords > wrongCounts else { return .word }
        guard !followedWord else { return .anew }
        (followsCount, followedCount) = (true, true)
        return .count
    }

    /// The session goes on where the registry says, if that is behind fewer bytes than it took.
    mutating func follow(word: Int64) {
        guard word < taken else { return }
        followedWord = true
        followsCount = false
    }

    /// What was sent next was refused.
    ///
    /// - Returns: whether that may be for the place it was sent to.
    mutating func refused() -> Bool {
        if followedWord {
            wrongWords += 1
        } else if followsCount {
            wrongCounts += 1
        }
        return followsCount || followedWord
    }

    /// Where a session that refused a part, since it stood elsewhere, is worth a try by the other of the two.
    ///
    /// - Parameter said: how many bytes the registry says it has, no more than the place that it refused.
    /// - Returns: the place in bytes; nil for a new session.
    mutating func place(afterRefusal said: Int64) -> Int64? {
        guard said < taken else { return nil }
        if followsCount, !followedWord {
            follow(word: said)
            return said
        }
        guard followedWord, !followedCount else { return nil }
        (followsCount, followedCount) = (true, true)
        return taken
    }
}
