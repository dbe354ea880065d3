import Datasets
import Engine
import Evaluation
import Networks
import Tensors

extension Trainer {
    /// Runs what is left of a stage.
    /// - Returns: false where it was interrupted; the state is saved then.
    func runStage(_ stage: StageConfiguration) throws -> Bool {
        let computation = try makeComputation(stage)
        let frozen = FrozenTensors(model.parameters, trained: stage.train, batchNorm: stage.batchNorm)
        if let checkpoint, progress.frozen != nil { try checkpoint.restore(computation.optimizer) }
        checkpoint = nil
        let digests = progress.frozen ?? frozen.digests()
        progress.frozen = digests
        if let cut = computation.prefix?.cut {
            activations.begin(key: key(of: cut, stage, digests), entryBytes: cut.byteCount)
        }
        let takenBefore = activations.takenCount
        notify(.stageBegan(outline(stage, computation)))

        var epochs = try EpochRunner(self, stage, computation)
        while wantsEpoch(stage) {
            guard try epochs.run() else {
                try save(computation.optimizer)
                return false
            }
            if wantsEpoch(stage) { try save(computation.optimizer) }
        }

        let proof = try frozen.proof(stage: stage.name, before: digests)
        progress.proofs.append(proof)
        notify(
            .stageEnded(
                StageSummary(
                    stage: stage.name, epochs: progress.epoch, stoppedEarly: progress.epoch < stage.epochs,
                    proof: proof, computedImages: computation.prefix?.imageCount ?? 0,
                    keptImages: activations.takenCount - takenBefore,
                    prefixSeconds: computation.prefix?.seconds ?? 0)))
        progress.beginNextStage()
        try save(nil)
        return true
    }

    func wantsEpoch(_ stage: StageConfiguration) -> Bool {
        progress.epoch < stage.epochs && !progress.patience.isExhausted(stage.earlyStopping)
    }

    private func makeComputation(_ stage: StageConfiguration) throws -> StageComputation {
        try StageComputation(
            network: model.network, parameters: model.parameters, preprocessing: model.preprocessing,
            configuration: Plan.Configuration(
                batch: min(configuration.batchSize, training.count), height: model.imageSize, width: model.imageSize,
                precision: configuration.precision, trainableStages: stage.train, batchNorm: stage.batchNorm,
                seed: configuration.seed),
            loss: lossFunction, optimizer: configuration.optimizer)
    }

    /// Everything that the activations at a cut depend on, but for the images and which of their views it is.
    /// - Parameter digests: of all frozen tensors.
    private func key(of cut: Cut, _ stage: StageConfiguration, _ digests: [String: String]) -> String {
        let parts: [Any] = [
            cut, model.preprocessing, model.imageSize, model.resize, configuration.augmentations(stage),
            configuration.seed, cut.parameters.map { digests[$0] ?? "" },
        ]
        return SHA256.hexDigest(parts.map { String(describing: $0) }.joined(separator: "\n").utf8)
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
        let views = configuration.viewCount(stage)
        let count = training.count * (views ?? 0) + validation.count
        guard count > 0, activations.capacity > 0 else { return nil }
        return KeptActivations(
            stage: cut.stage, bytesPerImage: cut.byteCount, imageCount: count, includesTraining: views != nil,
            budgetBytes: activations.budgetBytes)
    }
}
