import ArgumentParser

/// What is applied to a cluster, and to which.
struct ClusterOptions: ParsableArguments {
    @Flag(help: "Apply the signatures of the releases that were mirrored to the cluster, as ConfigMaps.")
    var applyReleaseImageSignature = false

    @Option(help: "The kubeconfig of that cluster; the default is $KUBECONFIG, or else ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig; the default is its current one.")
    var context: String?

    func validate() throws {
        for (name, value) in [("--kubeconfig", kubeconfig), ("--context", context)] {
            guard let value else { continue }
            guard !value.isEmpty else { throw ValidationError("\(name) is empty") }
            guard applyReleaseImageSignature else {
                throw ValidationError("\(name) is for --apply-release-image-signature, which is not given")
            }
        }
    }

    /// Refuses the flag for a run that reaches no registry: nothing is there yet that a cluster could use.
    ///
    /// - Throws: `FerryError`.
    func refuseForMedia() throws {
        guard applyReleaseImageSignature else { return }
        throw FerryError(
            "--apply-release-image-signature is for docker:// destinations: with a file:// destination leave it out, "
                + "and give it when the media set is imported at the site"
        )
    }
}
