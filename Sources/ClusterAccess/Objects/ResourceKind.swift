/// The kinds of object that can be applied, with what their addresses are made of.
///
/// Plural names cannot be derived from kinds, and asking a cluster for them would need more rights than applying does;
/// so there is a table of what Ferry emits.
enum ResourceKind: String, CaseIterable, Sendable {
    case configMap = "v1/ConfigMap"
    case imageDigestMirrorSet = "config.openshift.io/v1/ImageDigestMirrorSet"
    case imageTagMirrorSet = "config.openshift.io/v1/ImageTagMirrorSet"
    case updateService = "updateservice.operator.openshift.io/v1/UpdateService"
    case catalogSource = "operators.coreos.com/v1alpha1/CatalogSource"
    case clusterCatalog = "olm.operatorframework.io/v1/ClusterCatalog"

    /// The name of the collection in addresses.
    var plural: String {
        switch self {
        case .configMap: "configmaps"
        case .imageDigestMirrorSet: "imagedigestmirrorsets"
        case .imageTagMirrorSet: "imagetagmirrorsets"
        case .updateService: "updateservices"
        case .catalogSource: "catalogsources"
        case .clusterCatalog: "clustercatalogs"
        }
    }

    /// Whether objects of the kind lie in namespaces.
    var isNamespaced: Bool {
        switch self {
        case .configMap, .updateService, .catalogSource: true
        case .imageDigestMirrorSet, .imageTagMirrorSet, .clusterCatalog: false
        }
    }
}
