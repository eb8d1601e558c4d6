import HTTPTransport
import ImageSetConfig
import Logging
import Releases

/// What the environment says about update services.
struct UpdateServiceSettings: Sendable {
    /// The variable that replaces the address for OpenShift Container Platform, as in oc-mirror.
    static let ocpVariable = "UPDATE_URL_OVERRIDE"
    /// The variable that replaces the address for OKD.
    static let okdVariable = "OKD_UPDATE_URL_OVERRIDE"
    /// The variable with a regular expression over versions, as in oc-mirror.
    static let filterVariable = "VERSION_FILTER"

    /// Where graphs are asked for.
    let addresses: UpdateService.Addresses
    /// Whether the address for OpenShift Container Platform is not the public one.
    let isOverridden: Bool
    /// Which versions count when the lowest or highest of a channel is looked for; nil for all.
    let versionFilter: BlockPattern?

    /// Reads the variables; an empty one counts as not set.
    ///
    /// - Parameter environment: the variables.
    /// - Throws: `FerryError` with the variable for what is no address or no regular expression.
    init(environment: [String: String]) throws {
        var addresses = UpdateService.Addresses()
        let ocp = try Self.address(Self.ocpVariable, environment)
        if let ocp { addresses.ocp = ocp }
        if let okd = try Self.address(Self.okdVariable, environment) { addresses.okd = okd }
        self.addresses = addresses
        isOverridden = ocp != nil
        versionFilter = try Self.filter(environment)
    }

    /// Whether a version counts, as ``ReleaseSelector`` takes it; nil when all do.
    var countsVersion: (@Sendable (String) -> Bool)? {
        guard let versionFilter else { return nil }
        return { versionFilter.matches($0) }
    }

    /// Says at debug level what differs from the defaults.
    func mention(to logger: Logger) {
        if addresses != UpdateService.Addresses() {
            logger.debug("update services: \(addresses.ocp) (OCP), \(addresses.okd) (OKD)")
        }
        if let versionFilter {
            logger.notice(
                "only versions that match \(Self.filterVariable) (\(versionFilter)) count as the lowest and highest of a channel"
            )
        }
    }

    private static func address(_ variable: String, _ environment: [String: String]) throws -> HTTPURL? {
        guard let text = environment[variable], !text.isEmpty else { return nil }
        do {
            return try HTTPURL(text)
        } catch {
            // The value may carry a password: the reason never does.
            throw FerryError(
                "\(variable) must be the whole address of an update service's graph, such as "
                    + "https://updates.example.com/api/upgrades_info/v1/graph: it \(error.reason)"
            )
        }
    }

    private static func filter(_ environment: [String: String]) throws -> BlockPattern? {
        guard let text = environment[filterVariable], !text.isEmpty else { return nil }
        do {
            return try BlockPattern(text)
        } catch {
            throw FerryError("\(filterVariable) is no regular expression: \(error.message)")
        }
    }
}
