// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "ferry",
    products: [
        .executable(name: "ferry", targets: ["ferry"]),
        // Slow lines and bad registries, to rehearse with.
        .executable(name: "ferry-link", targets: ["ferry-link"]),
    ],
    dependencies: [
        // Why each of these is here: docs/dependencies.md
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        // Layer 0: system libraries.
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Layer 1: leaves.
        .target(name: "OCIModel"),
        .target(name: "SemanticVersion"),
        .target(name: "DispatchLanes"),
        .target(name: "OpenSSLCrypto", dependencies: ["COpenSSL", "OCIModel"]),
        .target(name: "Archiving", dependencies: ["CArchive"]),
        .target(name: "OpenPGP", dependencies: ["CBzip2", "CZlib", "OpenSSLCrypto"]),
        .target(
            name: "HTTPTransport",
            dependencies: [
                "DispatchLanes", "OpenSSLCrypto",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSOCKS", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        // Layer 2: stores and documents.
        .target(
            name: "ImageStorage",
            dependencies: [
                "OCIModel", "OpenSSLCrypto", "DispatchLanes",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .target(
            name: "RegistryClient",
            dependencies: [
                "OCIModel", "OpenSSLCrypto", "DispatchLanes", "HTTPTransport", "ImageStorage",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),
        .target(
            name: "MirrorPlan",
            dependencies: ["DispatchLanes", "OCIModel", "OpenSSLCrypto", "ImageStorage"]
        ),
        .target(
            name: "MediaSet",
            dependencies: [
                "OCIModel", "OpenSSLCrypto", "DispatchLanes", "Archiving", "ImageStorage",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .target(
            name: "ImageSetConfig",
            dependencies: ["OCIModel", "SemanticVersion", .product(name: "Yams", package: "Yams")]
        ),

        .target(
            name: "RegistriesConf",
            dependencies: ["OCIModel", "ImageStorage"]
        ),
        .target(
            name: "ClusterAccess",
            dependencies: [
                "HTTPTransport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        // Layer 3: what to mirror.
        .target(
            name: "Releases",
            dependencies: [
                "OCIModel", "SemanticVersion", "Archiving", "DispatchLanes", "OpenSSLCrypto", "OpenPGP",
                "HTTPTransport",
                "ImageStorage", "MirrorPlan",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        // Layer 4: moving, proving, serving.
        .target(
            name: "TransferEngine",
            dependencies: [
                "DispatchLanes", "OCIModel", "OpenSSLCrypto", "ImageStorage", "MirrorPlan",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "ClusterResources",
            dependencies: ["OCIModel", .product(name: "Yams", package: "Yams")]
        ),
        .target(
            name: "RegistryServer",
            dependencies: [
                "OCIModel", "OpenSSLCrypto", "DispatchLanes", "ImageStorage",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        // Layer 5: what the user sees.
        .target(name: "TerminalProgress"),
        .target(
            name: "SamplePayload",
            dependencies: [
                "OCIModel", "OpenSSLCrypto", "DispatchLanes", "Archiving", "ImageStorage",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .target(
            name: "FerryCommands",
            dependencies: [
                "OCIModel", "DispatchLanes", "OpenSSLCrypto", "HTTPTransport", "ImageStorage", "RegistryClient",
                "MirrorPlan", "MediaSet", "ImageSetConfig", "RegistriesConf", "ClusterAccess", "SemanticVersion",
                "OpenPGP", "Releases", "TransferEngine", "ClusterResources", "RegistryServer", "TerminalProgress",
                "SamplePayload",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),

        // Layer 6: the program.
        .executableTarget(name: "ferry", dependencies: ["CMalloc", "FerryCommands"]),

        // Support for tests, and the tests, which mirror Sources/.
        .target(name: "SeededRandom", path: "Tests/SeededRandom"),
        .target(
            name: "FerryTestSupport",
            dependencies: [
                "SeededRandom", "HTTPTestSupport",
                "OCIModel", "OpenSSLCrypto", "ImageStorage", "RegistryServer",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/FerryTestSupport"
        ),
        .target(
            name: "HTTPTestSupport",
            dependencies: [
                "HTTPTransport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/HTTPTestSupport"
        ),
        .executableTarget(
            name: "ferry-link",
            dependencies: [
                "FerryCommands", "FerryTestSupport", "ImageStorage", "OCIModel", "RegistryServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/FerryLink"
        ),
        .testTarget(
            name: "OCIModelTests",
            dependencies: [
                "SeededRandom",
                "OCIModel",
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "SemanticVersionTests",
            dependencies: [
                "SemanticVersion"
            ]
        ),
        .testTarget(
            name: "DispatchLanesTests",
            dependencies: [
                "SeededRandom",
                "DispatchLanes",
            ]
        ),
        .testTarget(
            name: "OpenSSLCryptoTests",
            dependencies: [
                "OpenSSLCrypto", "OCIModel", "FerryTestSupport", "HTTPTestSupport", "SeededRandom",
            ]
        ),
        .testTarget(
            name: "ArchivingTests",
            dependencies: [
                "SeededRandom",
                "Archiving", "FerryTestSupport",
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "OpenPGPTests",
            dependencies: ["SeededRandom", "OpenPGP", "OpenSSLCrypto", "FerryTestSupport"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "HTTPTransportTests",
            dependencies: [
                "HTTPTransport", "HTTPTestSupport", "OpenSSLCrypto", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "ImageStorageTests",
            dependencies: [
                "SeededRandom",
                "OCIModel", "OpenSSLCrypto", "ImageStorage", "FerryTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "RegistryClientTests",
            dependencies: [
                "RegistryClient", "HTTPTransport", "HTTPTestSupport", "OCIModel", "OpenSSLCrypto", "ImageStorage",
                "FerryTestSupport", "RegistryServer",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "MirrorPlanTests",
            dependencies: [
                "SeededRandom",
                "MirrorPlan", "OCIModel", "OpenSSLCrypto", "ImageStorage", "FerryTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "MediaSetTests",
            dependencies: [
                "SeededRandom",
                "MediaSet", "Archiving", "DispatchLanes", "OCIModel", "OpenSSLCrypto", "ImageStorage",
                "FerryTestSupport", .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ImageSetConfigTests",
            dependencies: [
                "SeededRandom",
                "ImageSetConfig", "OCIModel", "SemanticVersion", "FerryTestSupport",
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "RegistriesConfTests",
            dependencies: [
                "SeededRandom", "RegistriesConf", "OCIModel", "ImageStorage", "FerryTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ClusterAccessTests",
            dependencies: [
                "SeededRandom", "ClusterAccess", "HTTPTransport", "HTTPTestSupport", "FerryTestSupport",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ReleasesTests",
            dependencies: [
                "SeededRandom",
                "Releases", "Archiving", "SamplePayload", "OCIModel", "SemanticVersion", "OpenSSLCrypto", "OpenPGP",
                "HTTPTransport", "HTTPTestSupport", "ImageStorage", "MirrorPlan", "FerryTestSupport",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "TransferEngineTests",
            dependencies: [
                "SeededRandom",
                "TransferEngine", "MirrorPlan", "OCIModel", "OpenSSLCrypto", "ImageStorage", "FerryTestSupport",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "ClusterResourcesTests",
            dependencies: [
                "SeededRandom",
                "ClusterResources", "OCIModel", "FerryTestSupport",
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "RegistryServerTests",
            dependencies: [
                "SeededRandom",
                "RegistryServer", "HTTPTransport", "RegistryClient", "OCIModel", "OpenSSLCrypto", "ImageStorage",
                "FerryTestSupport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "TerminalProgressTests",
            dependencies: [
                "SeededRandom",
                "TerminalProgress",
            ]
        ),
        .testTarget(
            name: "SamplePayloadTests",
            dependencies: [
                "SamplePayload", "Archiving", "OCIModel", "OpenSSLCrypto", "ImageStorage", "FerryTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "FerryCommandsTests",
            dependencies: [
                "Archiving", "DispatchLanes",
                "SeededRandom",
                "FerryCommands", "MediaSet", "MirrorPlan", "RegistryClient", "HTTPTransport", "SamplePayload",
                "RegistryServer", "OCIModel", "OpenSSLCrypto", "OpenPGP", "SemanticVersion", "Releases",
                "ClusterResources", "ClusterAccess", "RegistriesConf", "ImageSetConfig", "ImageStorage",
                "TransferEngine",
                "HTTPTestSupport", "FerryTestSupport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Fixtures"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

let sharedSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + sharedSettings
}
