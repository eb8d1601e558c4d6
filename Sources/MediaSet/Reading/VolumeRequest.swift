/// What is to be put where a set is read from.
package struct VolumeRequest: Hashable, Sendable {
    /// What is needed.
    package enum Need: Hashable, Sendable {
        /// The volume of that number, from 1.
        case volume(Int)
        /// The file of that name, beside any of the volumes.
        case file(String)
    }

    /// What is needed.
    package let need: Need
    /// The set; nil while no volume of it was seen.
    package let set: SetIdentifier?
    /// How many volumes the set has; nil while none was seen.
    package let volumeCount: Int?
    /// Where it is looked for: folders and files.
    package let places: [String]
    /// What lies there instead, a sentence each, when somebody has said before that it is there; else empty.
    package let found: [String]

    /// Joins the parts.
    package init(_ need: Need, set: SetIdentifier?, volumeCount: Int?, places: [String], found: [String]) {
        self.need = need
        self.set = set
        self.volumeCount = volumeCount
        self.places = places
        self.found = found
    }
}

/// Has a medium changed by whoever can do that.
package protocol VolumeRequester: Sendable {
    /// Returns when what is needed is said to be there; it is looked for then, and asked for again if it is not.
    ///
    /// No file of the set is open meanwhile, so that a medium can be taken out. One request is made at a time.
    ///
    /// - Throws: an error when it will not be there: whatever waits for a volume ends with that error.
    ///   `CancellationError` when the task is cancelled.
    func request(_ request: VolumeRequest) async throws
}
