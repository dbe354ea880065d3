import Archives
import Files
import Images
import Networks
import Tasks
import Tensors

/// Turns a weight file into a model.
struct Importer {
    let file: WeightFile
    let options: ImportOptions
    private let nameMap: NameMap
    /// The file's names in each way that suits its layout, best first.
    private let ways: [LookedUpNames]
    /// What a whole Keras model says of itself; nil for other files.
    private let keras: Result<KerasModel?, any Error>
    /// What other files of Keras tell of their layers; nil for other files.
    private let outline: Result<KerasOutline?, any Error>
    /// What lies beside a file of PyTorch's names; nil for other files.
    let hub: HubConfiguration?
    /// What an exported file says of its model; nil for other files.
    private let exported: Result<ExportedSettings?, any Error>

    init(_ file: WeightFile, _ options: ImportOptions) {
        self.file = file
        self.options = options
        let nameMap = NameMap(options.nameMap)
        self.nameMap = nameMap
        ways = LayerNaming.ways(for: file.layout).map { LookedUpNames(file, $0, nameMap) }
        keras = Result { try KerasModel(file, options) }
        outline = Result { try KerasOutline(file) }
        let hub = file.layout == .torch ? HubConfiguration(beside: file.path) : nil
        self.hub = hub
        exported = Result { try ExportedSettings(file, hub) }
    }

    func model() throws -> (model: Model, report: LoadReport) {
        try checkOptions()
        try refuseOtherNetworks()
        let stored = try storedDescription()
        let described = try describedModel()
        let outline = try outline.get()
        let inside = try described?.keras.preprocessing ?? outline?.preprocessing(said: options.preprocessing)
        let (fit, head) = try settledFit(stored)
        try Verification(file: file, fit: fit, allowingMissing: options.allowingMissing, hasNewHead: head.isNew).check()
        try described?.checkDerived(fit)

        let told = stored?.preprocessing ?? inside ?? hub?.preprocessing
        let preprocessing = options.preprocessing ?? told ?? fit.publication(file.layout).preprocessing
        let imageSize =
            try options.imageSize ?? stored?.imageSize ?? described?.keras.imageSize ?? hub?.imageSize
            ?? usualImageSize(fit)
        var model = Model(
            architecture: fit.architecture, options: fit.options, preprocessing: preprocessing, imageSize: imageSize,
            resize: options.resize ?? stored?.resize ?? .crop)
        model.classNames = options.classNames ?? (head.isNew ? nil : stored?.classNames ?? hubClassNames(fit))
        if !head.isNew {
            model.metadata = stored?.metadata ?? [:]
            model.rules = stored?.rules ?? AnswerRules()
            model.task = stored?.task ?? hub?.task ?? .classification
        }

        let missing = fit.missing
        // A new head stays zero; see `Model.renewHead`.
        model.parameters.initialize(
            stages: Set(missing.map(\.stage)).subtracting([Network.headStage]), seed: options.seed)
        try load(fit, into: model)
        try described?.fillDerived(fit, model.parameters)
        var report = LoadReport(
            path: file.path, layout: file.layout, fileWords: file.words, architecture: fit.architecture,
            options: fit.options,
            preprocessing: preprocessing, kerasVersion: file.kerasVersion, loaded: fit.loadedTensors.count,
            missing: missing.filter { !head.isNew || !$0.isInHead }.map(\.name),
            unused: fit.unused.map(\.name), baggage: fit.baggage.mapValues(\.count),
            elementTypes: fit.sources.mapValues(\.elementType), head: head,
            rivalForm: stored == nil && described == nil ? rivalForm(of: fit) : nil,
            isPreprocessingAssumed: told == nil && options.preprocessing == nil)
        report.remarks =
            file.remarks + (described?.keras.remarks ?? [])
            + (try exported.get().map { [$0.remark] } ?? hubRemarks(fit, head))
        return (model, report)
    }

    /// What one of our own files says of its model, in whatever format; nil for other files.
    /// - Throws: `WeightError` where it makes no sense.
    func storedDescription() throws -> ModelFile.Description? {
        guard file.layout == .finetune else { return try exported.get()?.description() }
        return try ModelFile.description(in: file.archive)
    }

    /// Refuses networks that are much like ours, and those that the file beside the weights names and that are none of ours.
    /// - Throws: `WeightError`.
    func refuseOtherNetworks() throws {
        if file.archive.container == .onnx,
            let folded = file.archive.entries.first(where: { $0.name.hasPrefix("onnx::") })
        {
            throw WeightError(
                path: file.path,
                reason: """
                    was made for inference only: batch norms are folded into convolutions without names, such as \
                    `\(folded.name)`; take the network's own weights, or export it with \
                    training=TrainingMode.PRESERVE and do_constant_folding=False
                    """)
        }
        if let words = SimilarNetwork.words(of: file) {
            throw WeightError(path: file.path, reason: "holds \(words); it is not known here")
        }
        if let hub, hub.exported == nil, let difference = hub.difference {
            throw WeightError(
                path: file.path,
                reason: """
                    holds a \(hub.networkName) of another kind, says \(hub.path): \(difference), which the one here has not; \
                    if that is wrong, take the weights out of its folder
                    """)
        }
        if let hub, hub.architecture == nil {
            throw WeightError(
                path: file.path,
                reason: """
                    holds \(hub.networkName), says \(hub.path), a network that is not known here; if that is wrong, take \
                    the weights out of its folder
                    """)
        }
    }

    /// What is said of the files beside the weights.
    private func hubRemarks(_ fit: Fit, _ head: HeadOrigin) -> [String] {
        guard let hub else {
            return file.layout == .torch ? [HubConfiguration.unreadable(beside: file.path)].compactMap(\.self) : []
        }
        guard !head.isNew, let names = hub.classNames, names.count != fit.options.classCount else { return hub.remarks }
        return hub.remarks + ["its names are passed over: the weights tell \(fit.options.classCount) classes apart"]
    }

    /// The names beside the file, where they are as many as its classes.
    private func hubClassNames(_ fit: Fit) -> [String]? {
        hub?.classNames.flatMap { $0.count == fit.options.classCount ? $0 : nil }
    }

    /// A form whose network computes something else from the same tensors, where nobody said which it is.
    private func rivalForm(of fit: Fit) -> Architecture.Form? {
        guard options.form == nil, hub?.form == nil else { return nil }
        return fit.publication(file.layout).rarerForms.first { form in
            var other = fit.options
            other.form = form
            let network = fit.architecture.network(other)
            return network.parameters == fit.network.parameters
                && network.nodes.map(\.operation) != fit.network.nodes.map(\.operation)
        }
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

    /// Nil for a file that does not describe its model.
    func describedModel() throws -> KerasImport? {
        try keras.get().map { KerasImport(file: file, keras: $0, options: options, nameMap: nameMap) }
    }

    // MARK: Choosing the network

    /// The network that the file fits best, among those that the options allow.
    /// - Throws: `WeightError` where it fits none.
    func bestFit(_ stored: ModelFile.Description? = nil) throws -> Fit {
        if let layer = file.layers.first(where: { KerasNames.isPreactivated($0.name) }), file.layout.axes == .keras {
            throw WeightError(path: file.path, reason: KerasNames.preactivationWords(layer.name))
        }
        let best = best(of: candidates(stored, said: hub?.architecture))
        try refuseContradiction(best)
        guard let best, isConvincing(best) else { throw unknown() }
        return best
    }

    private func best(of candidates: [(Architecture, Architecture.Options)]) -> Fit? {
        let derived = (try? outline.get())?.normalizationTensors.count ?? 0
        let leastFaults = ways.map { LeastFaults(file, $0, nameMap, derived: derived) }
        var best: (fit: Fit, faults: Int)?
        for (architecture, choice) in likeliestFirst(candidates) {
            let network = architecture.network(choice)
            for (names, least) in zip(ways, leastFaults) {
                if let best, let least, least.count(architecture, network) >= best.faults { continue }
                let fit = makeFit(architecture, choice, network, names)
                let faults = fit.faults
                // None that follows can fit better.
                if faults == 0 { return fit }
                if best.map({ faults < $0.faults }) ?? true { best = (fit, faults) }
            }
        }
        return best?.fit
    }

    /// Refuses a file that fits another network than the one that the file beside it names, and better.
    /// - Parameter best: how it fits that one.
    /// - Throws: `WeightError`.
    private func refuseContradiction(_ best: Fit?) throws(WeightError) {
        guard options.architecture == nil, let hub, let said = hub.architecture, let best, best.faults > 0,
            let other = self.best(of: candidates(nil, said: nil)), other.faults < best.faults, isConvincing(other),
            other.architecture != said
        else { return }
        throw WeightError(
            path: file.path,
            reason: """
                has the tensors of \(other.architecture.rawValue), but \(hub.path.legible) says that the network is \
                \(said.rawValue): one of the two belongs to other weights; put the right config.json there, or take the \
                weights out of its folder
                """)
    }

    /// Those first that know the most of the file's names, and among them the smallest.
    private func likeliestFirst(
        _ candidates: [(Architecture, Architecture.Options)]
    ) -> [(Architecture, Architecture.Options)] {
        guard let framework = file.layout.framework else { return candidates }
        let names = Set(file.layers.map(\.name))
        var ranks: [Architecture: (strange: Int, size: Int)] = [:]
        for (architecture, _) in candidates where ranks[architecture] == nil {
            let known = architecture.nodes(namedBy: framework)
            ranks[architecture] = (names.count { known[$0] == nil }, known.count)
        }
        let ranked = candidates.enumerated().map { (rank: ranks[$1.0] ?? (0, 0), place: $0, candidate: $1) }
        return ranked.sorted {
            ($0.rank.strange, $0.rank.size, $0.place) < ($1.rank.strange, $1.rank.size, $1.place)
        }.map(\.candidate)
    }

    /// - Parameter said: the network that the file beside the weights names.
    private func candidates(
        _ stored: ModelFile.Description?, said: Architecture?
    ) -> [(Architecture, Architecture.Options)] {
        var wanted = options
        guard let stored else {
            wanted.architecture = options.architecture ?? said
            wanted.form = options.form ?? (said == nil ? nil : hub?.form)
            wanted.head = (try? outline.get()?.head) ?? Head()
            return wanted.candidates(classCount: options.classCount ?? 1000, file.layout.framework)
        }
        wanted.architecture = options.architecture ?? stored.architecture
        wanted.form = options.form ?? stored.options.form
        wanted.fullyConnected = options.fullyConnected ?? stored.options.fullyConnected
        wanted.batchNormEpsilon = options.batchNormEpsilon ?? stored.options.batchNormEpsilon
        wanted.head = stored.options.head
        return wanted.candidates(classCount: options.classCount ?? stored.options.classCount, nil)
    }

    /// At least half of the trunk must be there; an architecture asked for by name is believed if anything fits.
    private func isConvincing(_ fit: Fit) -> Bool {
        let trunk = fit.network.parameters.count { !$0.isInHead }
        return options.architecture == nil ? fit.fittingTrunkParameters * 2 >= trunk : !fit.sources.isEmpty
    }

    private func unknown() -> WeightError {
        let names = file.layers.prefix(6).map { "`\($0.name.legible)`" }.joined(separator: ", ")
        let what = options.architecture.map { "no layer of \($0.rawValue)" } ?? "no architecture that is known here"
        var remedy = "a name map can tell which layer is which"
        if file.layout == .torch, let prefix = TorchNames.unknownPrefix(of: file.layers) {
            remedy = """
                `\(prefix)` stands before names that are known: a name map without a value removes it \
                (name_map: {\(prefix): ''} in a recipe, --name-map \(prefix)= of a command)
                """
        }
        return WeightError(
            path: file.path,
            reason: """
                is \(file.words), but holds \(what): its layers are \(names)\
                \(file.layers.count > 6 ? ", …" : ""); \(remedy)
                """)
    }

    // MARK: The head

    /// The network that the file fits best, with the file's own classifier where it has one that is wanted and known.
    func settledFit(_ stored: ModelFile.Description?) throws -> (fit: Fit, head: HeadOrigin) {
        if let described = try describedModel() { return (described.fit(), described.headOrigin) }
        var fit = try bestFit(stored)
        let head = try judged(settleHead(&fit), &fit)
        guard head.isNew else { return (fit, head) }
        if fit.options.head != Head() {
            // A new head has none of the layers between.
            var choice = fit.options
            choice.head = Head()
            fit = refit(fit, choice)
        }
        fit.dropHead()
        return (fit, head)
    }

    private func settleHead(_ fit: inout Fit) -> HeadOrigin {
        let axes = file.layout.axes
        guard !fit.headSources.isEmpty else {
            return fit.otherClassifier.isEmpty
                ? .absent(candidates: fit.classifierCandidates(axes).map(\.described)) : otherLayers(fit)
        }
        let fileClasses = fit.classCounts(in: axes)
        if let queue = fit.queue(ofOutputs: fileClasses) { return .projection(queue: queue.name, shape: queue.shape) }
        if let wanted = options.classCount, let count = fileClasses.first, !fileClasses.contains(wanted) {
            return .otherClasses(count)
        }
        if !fit.otherClassifier.isEmpty { return otherLayers(fit) }
        if options.classCount == nil, let count = fileClasses.first, count != fit.options.classCount {
            var choice = fit.options
            choice.classCount = count
            fit = refit(fit, choice)
        }
        // Whatever is wrong with the one layer that there is, Verification tells.
        return .file
    }

    /// A head that was read from the file, in the light of what that tells of it.
    private func judged(_ head: HeadOrigin, _ fit: inout Fit) throws -> HeadOrigin {
        guard head == .file, try storedDescription() == nil else { return head }
        let units = fit.options.classCount
        if let outline = try outline.get() {
            if let doubt = outline.doubt(fit, activation: options.activation) {
                return .doubtful("\(doubt); the whole model, saved with model.save(\"….h5\"), tells everything")
            }
        } else if let doubt = fit.leftoverDoubt {
            return .doubtful(doubt)
        } else if units == 1, options.activation == nil {
            return .doubtful(
                "it has one output, of which nothing tells what it means; if its sigmoid is the probability of class 1, say "
                    + "--activation sigmoid")
        }
        guard options.activation == .sigmoid else { return head }
        guard units == 1 else {
            let layer = fit.classifierSource(.weight).flatMap(file.layer(owning:)).map { "`\($0.name)`" } ?? "it"
            return .inexpressible(
                "\(layer) gives \(units) sigmoids: \(HeadOrigin.severalAnswers)")
        }
        var choice = fit.options
        choice.classCount = 2
        fit = refit(fit, choice)
        fit.derive(fit.network.classifier.parameters.map(\.name), from: fit.headSources)
        return head
    }

    private func otherLayers(_ fit: Fit) -> HeadOrigin {
        .otherLayers((fit.otherClassifier + fit.headSources).map(\.described))
    }

    private func refit(_ fit: Fit, _ choice: Architecture.Options) -> Fit {
        let network = fit.architecture.network(choice)
        let fits = ways.map { makeFit(fit.architecture, choice, network, $0) }
        return fits.min { $0.faults < $1.faults } ?? fit
    }

    private func makeFit(
        _ architecture: Architecture, _ choice: Architecture.Options, _ network: Network, _ names: LookedUpNames
    ) -> Fit {
        var fit = Fit(file, to: architecture, choice, network, named: names, nameMap: nameMap)
        if let outline = try? outline.get() { fit.derive([], from: outline.normalizationTensors) }
        return fit
    }

    // MARK: Loading

    /// The size of the images where nobody tells it.
    /// - Throws: `WeightError` where the head reads a feature map of another size than that yields.
    private func usualImageSize(_ fit: Fit) throws -> Int {
        let size = fit.architecture.publishedImageSize
        do {
            _ = try fit.network.shapes(height: size, width: size)
        } catch let error as FlattenedSizeError {
            throw WeightError(
                path: file.path, reason: "does not tell the size of its images, and \(error); say it with --image-size")
        }
        return size
    }

    private func load(_ fit: Fit, into model: Model) throws {
        let covered = try fit.network.linearInputPositions(height: model.imageSize, width: model.imageSize)
        // Copies, each into a place of its own.
        nonisolated(unsafe) let (file, store) = (file, model.parameters)
        // In the file's order a disk is read from front to back.
        let places = Dictionary(
            file.archive.entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        let copies = fit.network.parameters.compactMap { parameter in
            fit.sources[parameter.name].map { (parameter: parameter, source: $0) }
        }.sorted { places[$0.source.name] ?? 0 < places[$1.source.name] ?? 0 }
        let results = concurrentMap(copies.count) { index in
            let (parameter, source) = copies[index]
            let node = String(parameter.name.prefix(parameter.name.count - parameter.role.rawValue.count - 1))
            return Result {
                try file.withValues(of: source, as: parameter.role) { values in
                    file.layout.axes.copy(
                        values, to: store[parameter.name], shape: parameter.shape, positions: covered[node] ?? 1)
                }
            }
        }
        for result in results { try result.get() }
        let classifier = fit.network.classifier
        if let weight = classifier.parameter(.weight), let tensors = fit.derived[weight.name],
            fit.options.classCount == 2, try describedModel() == nil
        {
            try SigmoidHead(file: file, tensors: tensors).fill(
                model.parameters, of: classifier, positions: covered[classifier.name] ?? 1)
        }
    }
}

extension WeightFile {
    /// Reads a tensor whose role is known.
    /// - Throws: `ArchiveError` where it cannot be read, `WeightError` where its numbers make no sense.
    func tensor(_ entry: TensorEntry, as role: ParameterDescription.Role) throws -> Tensor {
        try withValues(of: entry, as: role) { Tensor(shape: entry.shape, values: Array($0)) }
    }

    /// Hands out the numbers of a tensor whose role is known, without a copy where that can be.
    /// - Throws: as `tensor(_:as:)`; what `body` throws.
    func withValues<Result>(
        of entry: TensorEntry, as role: ParameterDescription.Role,
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) throws -> Result {
        try archive.withValues(of: entry.name) { values in
            try check(values, of: entry, as: role)
            return try body(values)
        }
    }

    private func check(
        _ values: UnsafeBufferPointer<Float>, of entry: TensorEntry, as role: ParameterDescription.Role
    ) throws(WeightError) {
        // Without an early end the compiler makes vectors of it.
        var strange: UInt32 = 0
        for value in values { strange |= value.bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0 }
        guard strange == 0 else {
            let count = values.count { !$0.isFinite }
            throw WeightError(
                path: path,
                reason: "the tensor `\(entry.name.legible)` holds \(count) values that are infinite or not numbers")
        }
        if role == .variance, let negative = values.first(where: { $0 < 0 }) {
            throw WeightError(
                path: path,
                reason: "the tensor `\(entry.name.legible)` holds \(negative), but variances are never negative")
        }
    }
}

extension Fit {
    /// What is known of published weights of its network in a file of this layout; of a file of ours, what is usual in
    /// PyTorch.
    func publication(_ layout: WeightLayout) -> Architecture.Publication {
        architecture.family.publication(for: layout.framework ?? .torch)
    }
}
