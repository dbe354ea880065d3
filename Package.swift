// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]
// Products and sums are fused but where a file asks for the roundings of others.
let fastC: [CSetting] = [.unsafeFlags(["-O3", "-ffp-contract=fast-honor-pragmas", "-Wall", "-Werror"])]
let safeC: [CSetting] = [.unsafeFlags(["-O2", "-Wall", "-Werror"])]

/// A module of the package, with its tests beside it in `Tests/<name>Tests`.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies,
        swiftSettings: strict)
}

let package = Package(
    name: "finetune",
    products: [
        .executable(name: "finetune", targets: ["FinetuneCommand"]),
        .library(name: "Finetune", targets: ["Finetune"]),
    ],
    targets: [
        // One C library each, but for CPixels, which several of them share.
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(name: "COneDNN", cSettings: safeC, linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),
        .target(name: "CGIF", cSettings: safeC, linkerSettings: [.linkedLibrary("gif")]),
        .target(
            name: "CJPEG", dependencies: ["CPixels"], cSettings: safeC, linkerSettings: [.linkedLibrary("jpeg")]),
        .target(
            name: "CPNG", dependencies: ["CPixels"], cSettings: safeC,
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
        .target(name: "CTIFF", cSettings: safeC, linkerSettings: [.linkedLibrary("tiff")]),
        .target(
            name: "CWebP", dependencies: ["CPixels"], cSettings: safeC,
            linkerSettings: [.linkedLibrary("webpdemux"), .linkedLibrary("webp")]),
        .target(name: "CLBFGS", cSettings: safeC, linkerSettings: [.linkedLibrary("lbfgs")]),
        .target(name: "CYAML", cSettings: safeC, linkerSettings: [.linkedLibrary("yaml")]),
        .target(name: "CPixels", cSettings: safeC),
        .target(name: "Kernels", cSettings: fastC, linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),

        // Ours, ground floor first: a module imports only what stands above it here.
        module("Files", ["CYAML"]),
        module("Tensors", ["Kernels"]),
        module("Archives", ["Files", "Tensors", "CHDF5"]),
        module("Images", ["Files", "Tensors", "CGIF", "CJPEG", "CPNG", "CTIFF", "CWebP", "CPixels", "Kernels"]),
        module("Networks", ["Files", "Tensors"]),
        module("Pretrained", ["Files", "Tensors", "Archives", "Images", "Networks"]),
        module("Engine", ["Files", "Tensors", "Networks", "COneDNN", "Kernels"]),
        module("Datasets", ["Files", "Tensors", "Images", "Kernels"]),
        module(
            "Evaluation",
            [
                "Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Engine", "Datasets", "CLBFGS",
                "COpenBLAS",
            ]),
        module(
            "Training",
            [
                "Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Engine", "Datasets", "Evaluation",
                "Kernels",
            ]),
        module(
            "Recipes",
            [
                "Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Engine", "Datasets", "Evaluation",
                "Training",
            ]),
        module(
            "Finetune",
            [
                "Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Engine", "Datasets", "Evaluation",
                "Training",
                "Recipes",
            ]),
        .executableTarget(
            name: "FinetuneCommand",
            dependencies: [
                "Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Engine", "Datasets", "Evaluation",
                "Training",
                "Recipes",
            ], swiftSettings: strict),

        // The program in the README, which a test compares and runs.
        .executableTarget(
            name: "LibraryExample", dependencies: ["Finetune"], path: "Tests/LibraryExample", swiftSettings: strict),
        // What the pixels of picture files are, for Scripts/compare_with_pillow.py.
        .executableTarget(
            name: "DecodePictures", dependencies: ["Images", "TestSupport"], path: "Tests/DecodePictures",
            swiftSettings: strict),
        // What preparing images costs, step by step: see Benchmarks/README.md.
        .executableTarget(
            name: "InputPipeline", dependencies: ["Tensors", "Images", "Datasets"], path: "Benchmarks/InputPipeline",
            swiftSettings: strict),
        // What judging very many classes costs: see Benchmarks/README.md.
        .executableTarget(
            name: "ManyClasses", dependencies: ["Files", "Tensors", "Evaluation"], path: "Benchmarks/ManyClasses",
            swiftSettings: strict),
        .target(
            name: "TestSupport",
            dependencies: ["Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Datasets"],
            path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("Files", ["Tensors"]),
        tests("Tensors", []),
        tests("Archives", ["Files", "Tensors"]),
        tests("Images", ["Files", "Tensors"]),
        tests("Networks", ["Files", "Tensors"]),
        tests("Pretrained", ["Files", "Tensors", "Archives", "Images", "Networks", "Engine", "CHDF5"]),
        tests("Engine", ["Files", "Tensors", "Networks", "Kernels", "COneDNN"]),
        tests("Datasets", ["Files", "Tensors", "Images", "Kernels"]),
        tests(
            "Evaluation",
            ["Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Engine", "Datasets", "Kernels"]),
        tests(
            "Training",
            [
                "Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Engine", "Datasets", "Evaluation",
                "Kernels",
            ]),
        tests(
            "Recipes",
            [
                "Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Engine", "Datasets", "Evaluation",
                "Training",
            ]),
        tests("Finetune", ["Images"]),
        tests(
            "FinetuneCommand",
            [
                "Files", "Tensors", "Archives", "Images", "Networks", "Pretrained", "Engine", "Datasets", "Evaluation",
                "Training",
            ]),
    ]
)

// Fuzzers, which only Scripts/fuzz.sh builds: they need libFuzzer.
if Context.environment["FINETUNE_FUZZ"] != nil {
    package.targets += [
        .target(name: "FuzzDriver", path: "Fuzzing/Driver"),
        .executableTarget(
            name: "FuzzPictures", dependencies: ["Images", "FuzzDriver"], path: "Fuzzing/Pictures",
            swiftSettings: strict),
        .executableTarget(
            name: "FuzzArchives", dependencies: ["Archives", "FuzzDriver"], path: "Fuzzing/Archives",
            swiftSettings: strict),
        .executableTarget(
            name: "FuzzRecipes", dependencies: ["Recipes", "Files", "Tensors", "FuzzDriver"], path: "Fuzzing/Recipes",
            swiftSettings: strict),
    ]
}
