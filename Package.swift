// swift-tools-version: 6.1
import PackageDescription

// Strict everywhere: what the compiler can refuse, no review has to find.
let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-warnings-as-errors"]),
]

let package = Package(
  name: "criu",
  products: [
    .executable(name: "criu", targets: ["criu"]),
    .executable(name: "streamer", targets: ["streamer"]),
  ],
  targets: [
    // Module maps of Debian's libraries.
    .systemLibrary(name: "CUring", path: "Sources/CUring"),
    .systemLibrary(name: "CProtobufC", path: "Sources/CProtobufC"),
    .systemLibrary(name: "CZstd", path: "Sources/CZstd"),

    // C that Swift cannot express: shims without logic, generated code, code that runs inside other processes.
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
    .target(name: "CImages", dependencies: ["CProtobufC"]),
    .target(name: "CParasite", cSettings: [.define("_GNU_SOURCE")]),

    .target(name: "Linux", dependencies: ["CLinux", "CUring"], swiftSettings: swiftSettings),
    .target(name: "Images", dependencies: ["CImages", "CProtobufC", "Linux"], swiftSettings: swiftSettings),
    .target(name: "Streams", dependencies: ["Images", "Linux"], swiftSettings: swiftSettings),
    .target(name: "Sinks", dependencies: ["Streams", "Images", "Linux", "CZstd"], swiftSettings: swiftSettings),
    .target(
      name: "Engine", dependencies: ["Streams", "Images", "Linux", "CParasite"], swiftSettings: swiftSettings),
    .executableTarget(
      name: "criu", dependencies: ["Engine", "Sinks", "Streams", "Images", "Linux"], swiftSettings: swiftSettings),

    // criu-image-streamer's command line.
    .executableTarget(
      name: "streamer", dependencies: ["Sinks", "Streams", "Images", "Linux"], swiftSettings: swiftSettings),

    // Writes Sources/CImages and Sources/Images from proto/ (make images).
    .executableTarget(name: "imagegen", dependencies: ["Linux"], path: "Sources/imagegen", swiftSettings: swiftSettings),

    // Programs that tests dump, and the engine in a process of its own, since tests run among Swift Testing's threads.
    .executableTarget(name: "victim", path: "Tests/Victims/victim"),
    .executableTarget(
      name: "engineprobe", dependencies: ["Engine", "Streams", "Linux", "CParasite"], path: "Tests/Victims/engineprobe",
      swiftSettings: swiftSettings),

    .testTarget(name: "LinuxTests", dependencies: ["Linux"], swiftSettings: swiftSettings),
    .testTarget(
      name: "ImagesTests", dependencies: ["imagegen", "Images", "Streams", "Linux"], swiftSettings: swiftSettings),
    .testTarget(name: "StreamsTests", dependencies: ["Streams", "Images", "Linux"], swiftSettings: swiftSettings),
    .testTarget(name: "SinksTests", dependencies: ["Sinks", "Streams", "Images", "Linux"], swiftSettings: swiftSettings),
    .testTarget(
      name: "EngineTests",
      dependencies: ["Engine", "Sinks", "Streams", "Images", "Linux", "CParasite", "victim", "engineprobe"],
      swiftSettings: swiftSettings),
    .testTarget(name: "CommandTests", dependencies: ["criu", "Engine", "Linux"], swiftSettings: swiftSettings),
    // Real programs, run with the release binary (make test builds it).
    .testTarget(
      name: "IntegrationTests", path: "Tests/Integration",
      exclude: ["BadInput", "Behaviour", "Incremental", "Peer", "Programs", "common.sh", "decode.py"],
      swiftSettings: swiftSettings),
  ]
)
