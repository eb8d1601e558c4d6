/// At which step of a run an image failed; the names stand in `failures.json`.
package enum FailureStep: String, Sendable, Codable, CaseIterable {
    /// Its tag or digest could not be resolved, or a manifest below it could not be read.
    case resolve
    /// The source did not give its bytes.
    case read
    /// The target did not take it.
    case write
    /// It did not read back right from the target.
    case verify
    /// It would have arrived, but for other images.
    case deliver
}
