import Archives
import Images
import Networks
import Tensors

/// Turns a weight file into a model.
struct Importer {
    let file: WeightFile
    let options: ImportOptions
    private let nameMap: NameMap

    init(_ file: WeightFile, _ options: ImportOptions) {
        self.file = file
        self.options = options
        nameMap = NameMap(options.nameMap)
    }

    func model() throws -> (model: Model, report: LoadReport) {
        try checkOptions()
        let stored = file.layout == .finetune ? try ModelFile.description(in: file.archive) : nil
        var fit = try bestFit(stored)
        let hasNewHead = try settleHead(&fit)
        try Verification(file: file, fit: fit, allowingMissing: options.allowingMissing, hasNewHead: hasNewHead).check()

        let preprocessing = options.preprocessing ?? stored?.preprocessing ?? file.layout.preprocessing
        var model = Model(
            architecture: fit.architecture, options: fit.options, preprocessing: preprocessing,
            imageSize: options.imageSize ?? stored?.imageSize ?? fit.architecture.publishedImageSize,
            resize: options.resize ?? stored?.resize ?? .crop)
        model.classNames = options.classNames ?? (hasNewHead ? nil : stored?.classNames)
        if !hasNewHead {
            model.metadata = stored?.metadata ?? [:]
            model.temperature = stored?.temperature
        }

        let missing = fit.missing
        // A new head stays zero; see `Model.renewHead`.
        model.parameters.initialize(stages: Set(missing.map(\.stage)).subtracting(["head"]), seed: options.seed)
        try load(fit, into: model.parameters)
        let report = LoadReport(
            layout: file.layout, architecture: fit.architecture, options: fit.options, preprocessing: preprocessing,
            kerasVersion: file.kerasVersion, loaded: fit.sources.count,
            missing: missing.filter { !hasNewHead || $0.stage != "head" }.map(\.name),
            unused: fit.unused.map(\.name), newHead: hasNewHead)
        return (model, report)
    }

    private func checkOptions() throws {
        let idle = nameMap.idleKeys(in: file)
        guard idle.isEmpty else {
            throw WeightError(
                path: file.path,
                reason: "holds nothing that the name map's \(idle.map { "`\($0)`" }.listed(most: 8)) could mean")
        }
        if let names = options.classNames, let count = options.classCount, names.count != count {
            preconditionFailure("\(names.count) class names for \(count) classes")
        }
    }

    // MARK: Choosing the network

    /// The network that the file fits best, among those that the options allow.
    /// - Throws: `WeightError` where it fits none.
    func bestFit(_ stored: ModelFile.Description? = nil) throws -> Fit {
        if let layer = file.layers.first(where: { KerasNames.isPreactivated($0.name) }), file.layout.axes == .keras {
            throw WeightError(
                path: file.path,
                reason: "holds a ResNet V2 (layer `\(layer.name)`), an architecture that is not known here")
        }
        var best: Fit?
        for (architecture, choice) in candidates(stored) {
            for naming in LayerNaming.ways(for: file.layout) {
                let fit = Fit(file, to: architecture, choice, naming: naming, nameMap: nameMap)
                if best.map({ fit.faults < $0.faults }) ?? true { best = fit }
            }
        }
        guard let best, isConvincing(best) else { throw unknown() }
        return best
    }

    private func candidates(_ stored: ModelFile.Description?) -> [(Architecture, Architecture.Options)] {
        guard let stored else { return options.candidates(classCount: options.classCount ?? 1000) }
        var wanted = options
        wanted.architecture = options.architecture ?? stored.architecture
        wanted.form = options.form ?? stored.options.form
        wanted.fullyConnected = options.fullyConnected ?? stored.options.fullyConnected
        return wanted.candidates(classCount: options.classCount ?? stored.options.classCount)
    }

    /// At least half of the trunk must be there; an architecture asked for by name is believed if anything fits.
    private func isConvincing(_ fit: Fit) -> Bool {
        let trunk = fit.network.parameters.count { $0.stage != "head" }
        return options.architecture == nil ? fit.fittingTrunkParameters * 2 >= trunk : !fit.sources.isEmpty
    }

    private func unknown() -> WeightError {
        let names = file.layers.prefix(6).map { "`\($0.name)`" }.joined(separator: ", ")
        let what = options.architecture.map { "no layer of \($0.rawValue)" } ?? "no architecture that is known here"
        return WeightError(
            path: file.path,
            reason: """
                is \(file.layout.words), but holds \(what): its layers are \(names)\
                \(file.layers.count > 6 ? ", …" : ""); a name map can tell which layer is which
                """)
    }

    // MARK: The head

    /// Gives the fit the file's own classifier where it is the one wanted, and says whether the head is new.
    private func settleHead(_ fit: inout Fit) throws -> Bool {
        let head = fit.network.parameters.filter { $0.stage == "head" }
        guard fit.sources["head.linear.weight"] != nil else {
            // A bias alone is a damaged classifier; Verification tells.
            return head.allSatisfy { fit.sources[$0.name] == nil }
        }
        guard let fileClasses = fit.classCount(in: file.layout.axes),
            (options.classCount ?? fileClasses) == fileClasses
        else {
            fit.dropHead()
            return true
        }
        if fileClasses != fit.options.classCount {
            var choice = fit.options
            choice.classCount = fileClasses
            fit = refit(fit, choice)
        }
        // VGG's published classifier reads 4,096 values, which a network without those layers does not have.
        let isOfOtherTop = fit.architecture.family == .vgg && !fit.options.fullyConnected
        if isOfOtherTop, fit.misshapen.contains(where: { $0.parameter.name == "head.linear.weight" }) {
            fit.dropHead()
            return true
        }
        return false
    }

    private func refit(_ fit: Fit, _ choice: Architecture.Options) -> Fit {
        let fits = LayerNaming.ways(for: file.layout).map {
            Fit(file, to: fit.architecture, choice, naming: $0, nameMap: nameMap)
        }
        return fits.min { $0.faults < $1.faults } ?? fit
    }

    // MARK: Loading

    private func load(_ fit: Fit, into store: ParameterStore) throws {
        var covered: [String: Int] = [:]
        var epsilons: [String: Double] = [:]
        for node in fit.network.nodes {
            switch node.operation {
            case .linear:
                // Where a linear layer reads a feature map, its inputs cover H·W positions.
                if case .adaptiveAveragePool(let rows, let columns)? = node.inputs.first.map({
                    fit.network.nodes[$0].operation
                }) {
                    covered["\(node.name).weight"] = rows * columns
                }
            case .batchNorm(let epsilon): epsilons["\(node.name).variance"] = epsilon
            default: break
            }
        }
        for parameter in fit.network.parameters {
            guard let source = fit.sources[parameter.name] else { continue }
            let tensor = try file.archive.tensor(source.name)
            try checkNumbers(tensor, of: source, as: parameter.role)
            let buffer = store[parameter.name]
            file.layout.axes.copy(
                tensor.values, to: buffer, shape: parameter.shape, positions: covered[parameter.name] ?? 1)
            if let trained = options.batchNormEpsilon, let epsilon = epsilons[parameter.name] {
                for i in buffer.indices { buffer[i] = Float(Double(buffer[i]) + trained - epsilon) }
            }
        }
    }

    private func checkNumbers(_ tensor: Tensor, of entry: TensorEntry, as role: ParameterDescription.Role) throws {
        guard tensor.values.allSatisfy(\.isFinite) else {
            let count = tensor.values.count { !$0.isFinite }
            throw WeightError(
                path: file.path,
                reason: "the tensor `\(entry.name)` holds \(count) values that are infinite or not numbers")
        }
        if role == .variance, let negative = tensor.values.first(where: { $0 < 0 }) {
            throw WeightError(
                path: file.path,
                reason: "the tensor `\(entry.name)` holds \(negative), but variances are never negative")
        }
    }
}

extension WeightLayout {
    /// What published weights of this layout were trained with: it cannot be read from arrays.
    var preprocessing: Preprocessing {
        switch self {
        case .kerasLegacy, .kerasWholeModel, .keras3: .caffe
        case .torch, .finetune: .torch
        }
    }
}
