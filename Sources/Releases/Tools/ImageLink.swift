/// Follows symbolic links inside an image, which never lead out of it.
enum ImageLink {
    /// The path that a link names.
    ///
    /// - Parameters:
    ///   - target: the link's target as written.
    ///   - path: where the link stands.
    /// - Returns: the path relative to the image's root, without `.` and `..`; `..` at the root stays there. Empty for the
    ///   root itself.
    static func path(of target: String, at path: String) -> String {
        let start = target.hasPrefix("/") ? [] : path.split(separator: "/").dropLast()
        var components = Array(start)
        for component in target.split(separator: "/") where component != "." {
            if component == ".." {
                _ = components.popLast()
            } else {
                components.append(component)
            }
        }
        return components.joined(separator: "/")
    }

    /// The path that another one stands for when a folder above it is a link; nil when none is.
    static func path(_ path: String, through links: [String: String]) -> String? {
        var folder = path
        while let slash = folder.lastIndex(of: "/") {
            folder = String(folder[..<slash])
            guard let target = links[folder] else { continue }
            let place = self.path(of: target, at: folder)
            return (place.isEmpty ? "" : "\(place)/") + path.dropFirst(folder.count + 1)
        }
        return nil
    }
}
