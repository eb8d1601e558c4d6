extension ConfigurationDecoder {
    /// The section `helm`.
    func helm(_ reader: ObjectReader) -> HelmSection {
        HelmSection(repositories: repositories(reader), local: localCharts(reader), place: reader.place)
    }

    private func repositories(_ helm: ObjectReader) -> [HelmRepository] {
        var seen: [String: ConfigurationPlace] = [:]
        var repositories: [HelmRepository] = []
        for reader in helm.objects("repositories", schema: .helmRepository) ?? [] {
            let charts = reader.objects("charts", schema: .helmChart)?.compactMap { chart in
                self.chart(chart, requires: "name")
            }
            let name = reader.requiredString("name")
            guard let url = reader.requiredString("url"), let name else { continue }
            if !url.value.hasPrefix("https://"), !url.value.hasPrefix("http://") {
                diagnostics.add(
                    .warning,
                    .invalidURL,
                    at: url.node,
                    path: url.path,
                    "\"\(url.value.prefix(200))\" is no address of a chart repository",
                    help: "chart repositories have addresses that begin with https:// or http://"
                )
            }
            if let first = seen.updateValue(reader.place, forKey: name.value) {
                diagnostics.add(
                    .warning,
                    .duplicateEntry,
                    at: reader.node,
                    path: reader.place.path,
                    "the chart repository \"\(name.value.prefix(200))\" is listed twice, first in line \(first.location.line)"
                )
            }
            repositories.append(HelmRepository(name: name.value, url: url.value, charts: charts, place: reader.place))
        }
        return repositories
    }

    private func localCharts(_ helm: ObjectReader) -> [HelmChart] {
        (helm.objects("local", schema: .helmChart) ?? []).compactMap { chart($0, requires: "path") }
    }

    private func chart(_ reader: ObjectReader, requires key: String) -> HelmChart? {
        let imagePaths = (reader.list("imagePaths") ?? []).compactMap { item in
            item.node.isNull ? nil : ObjectReader.string(item.node, path: item.path, diagnostics: diagnostics)
        }
        let version = reader.string("version")
        let platforms = self.platforms(reader)
        let other = reader.string(key == "name" ? "path" : "name")
        guard let required = reader.requiredString(key) else { return nil }
        return HelmChart(
            name: key == "name" ? required.value : other?.value ?? "",
            version: version?.value,
            path: key == "path" ? required.value : other?.value,
            imagePaths: imagePaths.filter { !$0.isEmpty },
            platforms: platforms,
            place: reader.place
        )
    }
}
