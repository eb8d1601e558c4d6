import Testing

@testable import ClusterAccess
