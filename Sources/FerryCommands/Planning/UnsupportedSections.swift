import ImageSetConfig

/// Finds the parts of a configuration that this version does not carry out.
enum UnsupportedSections {
    /// Refuses a configuration that asks for more than is there, before anything is fetched.
    ///
    /// - Throws: `FerryError` that names each part with its line.
    static func refuse(_ configuration: ImageSetConfiguration) throws {
        let found = places(in: configuration)
        guard found.isEmpty else {
            let list = found.map { "\($0.path) (line \($0.location.line))" }.joined(separator: ", ")
            throw FerryError("\(configuration.source.fileName): not supported yet: \(list)")
        }
    }

    private static func places(in configuration: ImageSetConfiguration) -> [ConfigurationPlace] {
        var found: [ConfigurationPlace] = []
        if !configuration.operators.isEmpty, let place = configuration.operatorsPlace { found.append(place) }
        if let helm = configuration.helm, !helm.repositories.isEmpty || !helm.local.isEmpty,
            let place = configuration.helmPlace
        {
            found.append(place)
        }
        for image in configuration.additionalImages {
            if case .ociLayout = image.source { found.append(image.place) }
        }
        return found.sorted { $0.location < $1.location }
    }
}
