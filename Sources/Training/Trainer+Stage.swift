import Datasets
import Engine
import Files
import Networks

extension Trainer {
    /// Runs what is left of a stage.
    /// - Returns: false where it was interrupted; the state is saved then.
    func runStage(_ stage: StageConfiguration) throws -> Bool {
        guard let computation = try unlessInterrupted({ try plan(stage).map(makeComputation) }) else {
            if checkpoint == nil { try save(nil) }
            return false
        }
        let frozen = FrozenTensors(model.parameters, trained: stage.train, batchNorm: stage.batchNorm)
        if let checkpoint, progress.frozen != nil { try checkpoint.restore(computation.optimizer) }
        checkpoint = nil
        let digests = progress.frozen ?? frozen.digests()
        progress.frozen = digests
        if let prefix = computation.prefix { try beginKeeping(prefix, stage, digests) }
        let usage = activations.usage
        notify(.stageBegan(outline(stage, computation)))

        guard var epochs = try unlessInterrupted({ try EpochRunner(self, stage, computation) }) else {
            try save(computation.optimizer)
            return false
        }
        while wantsEpoch(stage) {
            guard try epochs.run() else {
                try save(computation.optimizer)
                return false
            }
            if wantsEpoch(stage) { try save(computation.optimizer) }
        }

        noticeDisk()
        let proof = try frozen.proof(stage: stage.name, before: digests)
        progress.proofs.append(proof)
        notify(
            .stageEnded(
                StageSummary(
                    stage: stage.name, epochs: progress.epoch, stoppedEarly: progress.epoch < stage.epochs,
                    proof: proof, computedImages: computation.prefix?.imageCount ?? 0,
                    prefixSeconds: computation.prefix?.seconds ?? 0, kept: activations.usage - usage)))
        progress.beginNextStage()
        try save(nil)
        return true
    }

    func wantsEpoch(_ stage: StageConfiguration) -> Bool {
        progress.epoch < stage.epochs && !progress.patience.isExhausted(stage.earlyStopping)
    }

    /// What `body` yields; nil where it was interrupted.
    private func unlessInterrupted<Result>(_ body: () throws -> Result?) throws -> Result? {
        do {
            return try body()
        } catch is CancellationError {
            return nil
        }
    }

    /// How a stage is compiled; nil where it was interrupted while that was found out.
    /// - Throws: `CancellationError` where it was, too.
    private func plan(_ stage: StageConfiguration) throws -> Plan.Configuration? {
        var planned = Plan.Configuration(
            batch: min(configuration.batchSize, training.count), height: model.imageSize, width: model.imageSize,
            precision: configuration.precision, trainableStages: stage.train, batchNorm: stage.batchNorm,
            seed: configuration.seed)
        guard configuration.triesQuantization else { return planned }
        if let refusal = refusalToQuantize {
            notify(.notice("stage \(stage.name): \(configuration.precision.rawValue) instead of int8: \(refusal)"))
            return planned
        }
        let runner = QuantizationTrialRunner(
            model: model, training: training, validation: validation, configuration: configuration, images: images
        ) { [self] images, total in
            notify(.tried(images: images, total: total))
            return !isInterrupted()
        }
        if let (trial, quantization) = try runner.run(planned) {
            notify(.triedQuantization(stage: stage.name, trial))
            if trial.isPassed { planned.quantization = quantization }
        }
        return isInterrupted() ? nil : planned
    }

    /// Why 8-bit integers cannot be tried.
    private var refusalToQuantize: String? {
        if !Quantization.isSupported { return EngineError.noIntegers.description }
        return validation.isEmpty ? "there are no validation images to try it on" : nil
    }

    private func makeComputation(_ planned: Plan.Configuration) throws -> StageComputation {
        try StageComputation(
            network: model.network, parameters: model.parameters, preprocessing: model.preprocessing,
            configuration: planned, loss: lossFunction, optimizer: configuration.optimizer)
    }

    /// Makes the cache ready for what the prefix of a stage yields.
    /// - Parameter digests: of all frozen tensors.
    private func beginKeeping(
        _ prefix: FrozenPrefix, _ stage: StageConfiguration, _ digests: [String: String]
    ) throws {
        let cut = prefix.cut
        // The network is in it because equal weights may belong to different ones. The batch and the library are in it
        // for the last bits.
        let parts: [Any] = [
            model.architecture, model.options.form?.rawValue ?? "", model.options.batchNormEpsilon ?? 0,
            cut, prefix.batch, prefix.quantization?.description ?? "", ComputeLibrary.version,
            ComputeLibrary.instructionSet, model.preprocessing, model.imageSize, model.resize, images.minimumSide ?? 0,
            cut.parameters.map { digests[$0] ?? "" },
        ]
        let augmentations = configuration.augmentations(stage)
        let views = "\(configuration.seed) \(augmentations)"
        let refusal = try activations.begin(
            key: SHA256.hexDigest(parts.map { String(describing: $0) }.joined(separator: "\n").utf8), views: views,
            entryBytes: cut.byteCount, wantedEntries: wantedEntries(stage)
        ) { [training, validation] view in
            let isAugmented = view.role == .training && !augmentations.isEmpty
            let sample = (view.role == .training ? training : validation)[view.sample]
            return .init(sample.content, drawnFrom: isAugmented ? "\(view.number) \(view.sample) \(views)" : nil)
        }
        if let refusal {
            notify(.notice("nothing is kept in \(activations.disk?.directory ?? ""): \(refusal)"))
        }
    }

    /// Tells where keeping activations on disk has not gone well.
    private func noticeDisk() {
        guard let directory = activations.disk?.directory else { return }
        if let failure = activations.diskFailure { notify(.notice("no more is kept in \(directory): \(failure)")) }
        if activations.isDiskSlow {
            notify(.notice("reading from \(directory) takes longer than computing, so what is there is left there"))
        }
    }

    /// How many views of images come again.
    private func wantedEntries(_ stage: StageConfiguration) -> Int {
        training.count * (configuration.viewCount(stage) ?? 0) + validation.count
    }

    private func outline(_ stage: StageConfiguration, _ computation: StageComputation) -> StageOutline {
        let counted = model.network.parameters.filter { !$0.isStatistic }
        func count(_ descriptions: [ParameterDescription]) -> Int {
            descriptions.reduce(0) { $0 + $1.shape.reduce(1, *) }
        }
        let trainable = count(counted.filter { stage.train.contains($0.stage) })
        return StageOutline(
            index: progress.stage, configuration: stage, trainableParameters: trainable,
            frozenParameters: count(counted) - trainable, stepsPerEpoch: stepsPerEpoch,
            memoryBytes: computation.memoryBytes, kept: computation.prefix.flatMap { kept($0.cut, stage) })
    }

    private func kept(_ cut: Cut, _ stage: StageConfiguration) -> KeptActivations? {
        guard activations.isUseful, wantedEntries(stage) > 0 else { return nil }
        return KeptActivations(
            stage: cut.stage, bytesPerImage: cut.byteCount, imageCount: wantedEntries(stage),
            includesTraining: configuration.viewCount(stage) != nil, budgetBytes: activations.budgetBytes,
            disk: activations.disk)
    }
}
