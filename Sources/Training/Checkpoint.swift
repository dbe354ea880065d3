import Archives
import Datasets
import Foundation
import Networks
import Pretrained
import Tensors

/// A run's state in a file: everything that its continuation depends on.
///
/// An HDF5 file, sealed with a checksum: the dataset `state` holds progress and fingerprint as JSON, `images` the
/// inventory of the images; the groups `parameters`, `optimizer` (moments of the stage at work) and `best` (the tensors of
/// the best epoch that differ from those in `parameters`) hold tensors.
struct Checkpoint {
    let progress: TrainingProgress
    /// What the images were when the run was begun.
    let images: ImageInventory
    private let fingerprint: Fingerprint
    private let archive: HDF5Archive

    private struct State: Codable {
        let progress: TrainingProgress
        let fingerprint: Fingerprint
    }

    private static let format = "finetune-checkpoint"
    private static let formatVersion = 2.0

    /// Writes a checkpoint in place of the one that may be there.
    /// - Parameter images: the bytes of the inventory.
    /// - Throws: `ArchiveError` where the folder cannot be written to or the disk is full; the old one stays then.
    static func write(
        _ progress: TrainingProgress, fingerprint: Fingerprint, images: [UInt8], store: ParameterStore,
        optimizer: Optimizer?, best: BestWeights, to path: String
    ) throws {
        let writer = try HDF5Writer(path: path)
        try writer.setAttribute("format", to: format)
        try writer.setAttribute("format_version", to: formatVersion)
        let state = try JSONEncoder().encode(State(progress: progress, fingerprint: fingerprint))
        try writer.write("state", Array(state))
        try writer.write("images", images)
        for description in store.descriptions {
            try writer.write(
                "parameters/\(description.name)", shape: description.shape,
                UnsafeBufferPointer(store[description.name]))
        }
        for moment in optimizer?.moments ?? [] {
            try writer.write("optimizer/\(moment.name)", Tensor(shape: moment.shape, values: moment.values))
        }
        for (name, values) in best.differences {
            try writer.write("best/\(name)", Tensor(shape: [values.count], values: values))
        }
        try writer.close()
    }

    /// Opens a checkpoint.
    /// - Throws: `ArchiveError` for a file that cannot be read or was changed; `TrainingError.damagedCheckpoint`.
    init(path: String) throws {
        archive = try HDF5Archive(path: path)
        func damaged(_ reason: String) -> TrainingError { .damagedCheckpoint(path: path, reason: reason) }
        guard try archive.attribute("format")?.string == Self.format else {
            throw damaged("it is another kind of HDF5 file")
        }
        guard let version = try archive.attribute("format_version")?.number, version <= Self.formatVersion else {
            throw damaged("a newer finetune wrote it")
        }
        guard archive.isSealed, version == Self.formatVersion else {
            throw damaged("it has no checksum, so it was changed, or written by an older finetune")
        }
        let bytes = try archive.bytes("state")
        guard let state = try? JSONDecoder().decode(State.self, from: Data(bytes)),
            let images = ImageInventory(bytes: try archive.bytes("images"))
        else { throw damaged("its state cannot be read") }
        progress = state.progress
        fingerprint = state.fingerprint
        self.images = images
    }

    /// Checks that the run was begun with what there is now.
    /// - Throws: `TrainingError.differentRun`, or `.damagedCheckpoint` where its state makes no sense in such a run.
    func check(_ now: Fingerprint, images nowImages: ImageInventory, stages: [StageConfiguration]) throws {
        let (settings, weights) = fingerprint.differences(in: now)
        let data = weights + images.differences(in: nowImages)
        guard settings.isEmpty, data.isEmpty else {
            throw TrainingError.differentRun(checkpoint: archive.path, settings: settings, data: data)
        }
        let trainingCount = images.images.count { $0.role == .training }
        guard progress.isValid(stages: stages, images: trainingCount) else {
            throw TrainingError.damagedCheckpoint(path: archive.path, reason: "its state makes no sense")
        }
    }

    /// Gives parameters and best weights their saved values.
    /// - Throws: `ArchiveError`, or `TrainingError.damagedCheckpoint` where a tensor is missing or has another size.
    func restore(_ store: ParameterStore, best: BestWeights) throws {
        for description in store.descriptions {
            let values = try values("parameters/\(description.name)", count: description.shape.product)
            _ = store[description.name].update(fromContentsOf: values)
        }
        guard progress.best != nil else { return }
        var differences: [String: [Float]] = [:]
        for name in best.names where archive.entry("best/\(name)") != nil {
            differences[name] = try values("best/\(name)", count: store[name].count)
        }
        best.restore(differences: differences)
    }

    /// Gives the optimiser of the stage at work its saved moments.
    /// - Throws: as `restore(_:best:)`.
    func restore(_ optimizer: Optimizer) throws {
        try optimizer.restore(stepCount: progress.optimizerSteps) { try values("optimizer/\($0)", count: $1) }
    }

    private func values(_ name: String, count: Int) throws -> [Float] {
        let values = try archive.tensor(name).values
        guard values.count == count else {
            throw TrainingError.damagedCheckpoint(
                path: archive.path, reason: "\(name) has \(values.count) values instead of \(count)")
        }
        return values
    }
}
