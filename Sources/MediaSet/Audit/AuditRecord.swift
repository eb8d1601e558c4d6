package import OCIModel

/// One line of the audit log: who did what when, and with what result.
package struct AuditRecord: Hashable, Sendable, Codable {
    /// What was done.
    package enum Kind: String, Sendable, Codable {
        /// A media set was made.
        case build
        /// A media set was made of what a site lacked.
        case repair
        /// A media set was sent to a registry.
        case `import`
        /// Images went from registry to registry.
        case mirror
    }

    /// How it ended.
    package enum Result: String, Sendable, Codable {
        /// All that was wanted was done.
        case done
        /// Nothing was to be done, because an earlier set carried everything.
        case nothingNew
        /// Something was not done.
        case failed
        /// Somebody stopped it.
        case interrupted
    }

    /// What became of the images.
    package struct Counts: Hashable, Sendable, Codable {
        /// How many were asked for.
        package let wanted: Int
        /// How many are there, proven.
        package let verified: Int
        /// How many are not there.
        package let failed: Int
        /// How many were left out on purpose.
        package let skipped: Int

        /// Joins the four.
        package init(wanted: Int, verified: Int, failed: Int, skipped: Int) {
            self.wanted = wanted
            self.verified = verified
            self.failed = failed
            self.skipped = skipped
        }
    }

    /// The most code points that are kept of a text from elsewhere, so that lines stay short: one character may have any
    /// number of them.
    private static let maximumText = 1000

    /// The number of the line in the log, from 1; given when it is written.
    package internal(set) var number = 0
    /// The SHA-256 of the line before, without its line break; nil in the first line.
    package internal(set) var previous: Digest?
    /// What was wrong with the end of the log when this line was added; nil when nothing was.
    package internal(set) var after: String?

    /// The version of the program.
    package let ferry: String
    /// When it ended, RFC 3339 in UTC.
    package var time: String
    /// The user's name; nil when the system knows none.
    package let user: String?
    /// The user's number.
    package let uid: UInt32
    /// The name of the machine.
    package let host: String
    /// What was done.
    package let kind: Kind
    /// The name of the site that a set was made for.
    package var destination: String?
    /// The registry and the path in it that was written to.
    package var target: String?
    /// The set; nil when it was not known yet, or there is none.
    package var set: SetIdentifier?
    /// The set's number for its destination.
    package var sequence: Int?
    /// The digest of the set manifest.
    package var setDigest: Digest?
    /// The digest of the lock file.
    package var lockDigest: Digest?
    /// The digest of the image-set configuration.
    package var configDigest: Digest?
    /// The SHA-256 of the digests of all images that were wanted, sorted, each once, each with a line break.
    package var imagesDigest: Digest?
    /// What became of the images; nil when it did not come to that.
    package var images: Counts?
    /// The bytes of the blobs that moved.
    package var bytesMoved: Int64?
    /// How it ended.
    package var result: Result
    /// The exit code of the program for this part of its work.
    package var exitCode: Int32
    /// Why it failed, when one reason ended it.
    package private(set) var error: String?

    /// Begins a record of something that was done.
    ///
    /// - Parameters:
    ///   - kind: what was done.
    ///   - ferry: the version of the program.
    ///   - time: now, RFC 3339 in UTC.
    ///   - user: the user's name.
    ///   - uid: the user's number.
    ///   - host: the name of the machine.
    package init(kind: Kind, ferry: String, time: String, user: String?, uid: UInt32, host: String) {
        self.kind = kind
        self.ferry = ferry
        self.time = time
        self.user = user
        self.uid = uid
        self.host = host
        result = .done
        exitCode = 0
    }

    /// Notes why it failed; only the beginning of a long text is kept.
    package mutating func fail(_ error: String, exitCode: Int32, result: Result = .failed) {
        self.error = String(error.unicodeScalars.prefix(Self.maximumText))
        self.exitCode = exitCode
        self.result = result
    }
}
