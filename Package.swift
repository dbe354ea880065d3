// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]
// Products and sums are fused but where a file asks for the roundings of others.
let fastC: [CSetting] = [.unsafeFlags(["-O3", "-ffp-contract=fast-honor-pragmas", "-Wall", "-Werror"])]
let safeC: [CSetting] = [.unsafeFlags(["-O2", "-Wall", "-Werror"])]

/// A target for each line of a table: its name, and behind a colon what it imports.
func targets(_ table: String, _ make: (_ name: String, _ imports: [Target.Dependency]) -> Target) -> [Target] {
    table.split(separator: "\n").map { line in
        let words = line.split { " :".contains($0) }.map(String.init)
        return make(words[0], words.dropFirst().map { .target(name: $0) })
    }
}

func program(_ name: String, in folder: String, _ imports: String...) -> Target {
    .executableTarget(
        name: name, dependencies: imports.map { .target(name: $0) }, path: "\(folder)/\(name)", swiftSettings: strict)
}

// `Scripts/check-imports.py` holds the modules to these tables.

/// Ours, ground floor first: a module imports only what stands above it here, and C.
let modules = targets(
    """
    Files: CMapping CYAML CZlib
    Downloads: CCurl Files
    Tensors: Kernels
    Archives: CHDF5 Files Tensors
    Images: CGIF CJPEG CPNG CPixels CTIFF CWebP Kernels Files Tensors
    Networks: Files Tensors
    Datasets: Kernels Files Tensors Images
    Metrics: CLBFGS COpenBLAS Files Tensors
    Tasks: Files Tensors Images Datasets Metrics
    Pretrained: Files Tensors Archives Images Networks Tasks
    Exports: Files Tensors Archives Networks Tasks Pretrained
    Engine: COneDNN Kernels Files Tensors Networks
    Inference: Files Archives Images Networks Pretrained Engine Datasets Metrics Tasks
    Training: Kernels Files Tensors Archives Images Networks Pretrained Engine Datasets Metrics Tasks
    Reports: Files Tensors Images Networks Pretrained Engine Datasets Metrics Tasks Inference Training
    Recipes: CCatalogue Files Downloads Tensors Images Networks Pretrained Engine Datasets Metrics Tasks Inference Training Reports
    Finetune: Images Tasks Pretrained Engine Datasets Inference Training Recipes
    """
) { .target(name: $0, dependencies: $1, swiftSettings: strict) }

/// Helpers of tests, and the programs.
let programs: [Target] = [
    .target(
        name: "TestSupport", dependencies: ["Tensors", "Archives", "Images", "Networks"], path: "Tests/TestSupport",
        swiftSettings: strict),
    .target(
        name: "SceneSupport", dependencies: ["Tensors", "Images", "Networks", "Pretrained", "Datasets", "TestSupport"],
        path: "Tests/SceneSupport", swiftSettings: strict),
    program(
        "FinetuneCommand", in: "Sources", "Files", "Downloads", "Tensors", "Archives", "Images", "Networks",
        "Pretrained", "Exports", "Engine", "Datasets", "Metrics", "Tasks", "Inference", "Training", "Reports",
        "Recipes"),
    // The program in the README, which a test compares and runs.
    program("LibraryExample", in: "Tests", "Finetune"),
    // What the pixels of picture files are, for Scripts/compare_with_pillow.py.
    program("DecodePictures", in: "Tests", "Images", "TestSupport"),
    // What preparing images costs, step by step, loading weights, and judging very many classes: see Benchmarks/README.md.
    program("InputPipeline", in: "Benchmarks", "Tensors", "Images", "Datasets"),
    program("LoadWeights", in: "Benchmarks", "Pretrained"),
    program("ManyClasses", in: "Benchmarks", "Tensors", "Metrics", "Tasks", "Inference", "Reports"),
]

/// The tests of each module, in `Tests/<module>Tests`.
let tests = targets(
    """
    Files: Tensors TestSupport
    Downloads: Files TestSupport
    Tensors:
    Archives: Files Tensors TestSupport
    Images: Files Tensors TestSupport
    Networks: Tensors TestSupport
    Pretrained: CHDF5 Files Tensors Archives Images Networks Tasks Engine TestSupport
    Exports: Files Archives Images Networks Tasks Pretrained TestSupport
    Engine: COneDNN Kernels Networks TestSupport
    Datasets: Kernels Files Tensors Images TestSupport
    Metrics: Kernels Tensors TestSupport
    Tasks: Datasets Metrics TestSupport
    Inference: Files Tensors Archives Images Networks Pretrained Engine Datasets Metrics Tasks TestSupport SceneSupport
    Training: Kernels Files Tensors Archives Images Networks Pretrained Engine Datasets Tasks TestSupport
    Reports: Files Tensors Images Engine Datasets Metrics Tasks Inference Training TestSupport SceneSupport
    Recipes: Downloads Files Images Networks Pretrained Engine Datasets Tasks Training TestSupport
    Finetune: Images TestSupport
    FinetuneCommand: Files Archives Images Networks Pretrained TestSupport
    """
) { .testTarget(name: "\($0)Tests", dependencies: [.target(name: $0)] + $1, swiftSettings: strict) }

let package = Package(
    name: "finetune",
    products: [
        .executable(name: "finetune", targets: ["FinetuneCommand"]),
        .library(name: "Finetune", targets: ["Finetune"]),
    ],
    targets: [
        // One C library each, but for CPixels, which several of them share, and CCatalogue, which holds files.
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(name: "CPixels", cSettings: safeC),
        // C of 2023, which takes the content of files into the program.
        .target(name: "CCatalogue", cSettings: safeC + [.unsafeFlags(["-std=c23"])]),
        .target(name: "CCurl", cSettings: safeC, linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "CMapping", cSettings: safeC),
        .target(name: "COneDNN", cSettings: safeC, linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),
        .target(name: "CGIF", dependencies: ["CPixels"], cSettings: safeC, linkerSettings: [.linkedLibrary("gif")]),
        .target(
            name: "CJPEG", dependencies: ["CPixels"], cSettings: safeC, linkerSettings: [.linkedLibrary("jpeg")]),
        .target(
            name: "CPNG", dependencies: ["CPixels"], cSettings: safeC,
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
        .target(name: "CTIFF", dependencies: ["CPixels"], cSettings: safeC, linkerSettings: [.linkedLibrary("tiff")]),
        .target(
            name: "CWebP", dependencies: ["CPixels"], cSettings: safeC,
            linkerSettings: [.linkedLibrary("webpdemux"), .linkedLibrary("webp")]),
        .target(name: "CLBFGS", cSettings: safeC, linkerSettings: [.linkedLibrary("lbfgs")]),
        .target(name: "CYAML", cSettings: safeC, linkerSettings: [.linkedLibrary("yaml")]),
        .target(name: "CZlib", cSettings: safeC, linkerSettings: [.linkedLibrary("z")]),
        .target(name: "Kernels", cSettings: fastC, linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),
    ] + modules + programs + tests
)

// Fuzzers, which only Scripts/fuzz.sh builds: they need libFuzzer.
if Context.environment["FINETUNE_FUZZ"] != nil {
    package.targets += [
        .target(name: "FuzzDriver", path: "Fuzzing/Driver"),
        .executableTarget(
            name: "FuzzPictures", dependencies: ["Images", "FuzzDriver"], path: "Fuzzing/Pictures",
            swiftSettings: strict),
        .executableTarget(
            name: "FuzzArchives", dependencies: ["Archives", "Files", "FuzzDriver"], path: "Fuzzing/Archives",
            swiftSettings: strict),
        .executableTarget(
            name: "FuzzWeights", dependencies: ["Pretrained", "Files", "FuzzDriver"], path: "Fuzzing/Weights",
            swiftSettings: strict),
        .executableTarget(
            name: "FuzzArrays", dependencies: ["Files", "FuzzDriver"], path: "Fuzzing/Arrays",
            swiftSettings: strict),
        .executableTarget(
            name: "FuzzRecipes", dependencies: ["Recipes", "Files", "FuzzDriver"], path: "Fuzzing/Recipes",
            swiftSettings: strict),
    ]
}

// The tests of some modules and what they need, such as `EngineTests`, or several with commas between, which scripts build
// once more: with another oneDNN, with a sanitizer.
if let wanted = Context.environment["FINETUNE_ONLY"] {
    func needs(_ name: String) -> Set<String> {
        let dependencies = package.targets.first { $0.name == name }?.dependencies ?? []
        return dependencies.reduce(into: [name]) { names, dependency in
            switch dependency {
            case .targetItem(let name, _), .byNameItem(let name, _): names.formUnion(needs(name))
            default: break
            }
        }
    }
    let needed = wanted.split(separator: ",").reduce(into: Set<String>()) { $0.formUnion(needs(String($1))) }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
}
