import Testing

@testable import RegistriesConf
