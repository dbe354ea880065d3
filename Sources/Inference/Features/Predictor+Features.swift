import Datasets
import Engine
import Files

extension Predictor {
    /// Writes the features of images to a file; its extension names the format.
    ///
    /// In a table the columns of one layer are `f0`, `f1`, …; those of several carry its name, `layer3_f0`. Feature maps
    /// that are not pooled come rows first, channels last. Nothing depends on the batch size or the number of threads.
    ///
    /// Until it is complete the file is called `<path>.partial`, and `<path>.partial.origin` beside it says what it was
    /// begun with: images, weights, options and program.
    ///
    /// - Parameters:
    ///   - samples: with or without labels.
    ///   - taps: names of stages, blocks or layers, or `logits`.
    ///   - pooling: what becomes of the positions of feature maps.
    ///   - classNames: the names that labels stand for.
    ///   - resumes: whether to go on with what an interrupted run has left, which must have been begun with the same. Its
    ///     last row is computed again and compared, also that of a table or array that is complete.
    ///   - progress: told after every batch; what it throws ends the pass.
    /// - Returns: the pass over what was left to do; its bad images include those that the earlier run left out. Where
    ///   none can be read there is no file.
    /// - Throws: as `features`; `OutputError`; `ArchiveError`; `FeatureFileError`; `CancellationError`.
    @discardableResult
    package func writeFeatures(
        of samples: [Sample], taps: [String] = ["pool"], pooling: TapPooling = .average, classNames: [String],
        to path: String, resumes: Bool = false, progress: (PassProgress) throws -> Void = { _ in }
    ) throws -> Pass {
        let format = try FeatureFormat(path: path)
        if resumes, isStream(path) { throw FeatureFileError.cannotResume(path) }
        if format == .npy, taps.count > 1 { throw FeatureFileError.severalLayers(path) }
        let layers = zip(taps, try shapes(of: taps, pooling: pooling, for: samples)).map(FeatureLayer.init)
        let images = NamedImages(samples: samples, classNames: classNames)
        if resumes, format == .npz || format == .hdf5, FeatureArchive.isComplete(path, format) { return Pass() }

        let origin = isStream(path) ? nil : try FeatureOrigin(self, taps: taps, pooling: pooling, images)
        if resumes, FileSystem.exists(OutputFile.partialPath(of: path)) { try origin?.check(path) }
        // A finished file that is gone on with has its partial name meanwhile; where it does not fit, its own again.
        let finished = resumes ? [path, format == .npy ? path + ".csv" : path].filter(isFinished) : []
        do {
            let file = try featureFile(path, format, layers, images, resumed: resumes ? images : nil)
            // Not before: what another process is writing is locked, and was begun with what it was begun with.
            try origin?.write(of: path)
            let pass = try fill(file, path, taps: taps, pooling: pooling, images, progress: progress)
            if origin != nil { FeatureOrigin.remove(of: path) }
            return pass
        } catch let error as FeatureFileError {
            for name in finished { FileSystem.rename(OutputFile.partialPath(of: name), to: name) }
            if !finished.isEmpty { FeatureOrigin.remove(of: path) }
            throw error
        }
    }

    private func fill(
        _ file: any FeatureFile, _ path: String, taps: [String], pooling: TapPooling, _ images: NamedImages,
        progress: (PassProgress) throws -> Void
    ) throws -> Pass {
        let (samples, kept) = (images.samples, file.kept)
        let leftOut = try kept.leftOut.map { index in
            guard let fault = samples[index].fault else {
                throw FeatureFileError.newImage(
                    file: OutputFile.partialPath(of: path), name: samples[index].name)
            }
            return fault
        }
        let first = kept.samples.last ?? 0
        var expected = kept.samples.isEmpty ? nil : kept.lastFeatures
        var pass = try features(
            Array(samples[first...]), taps: taps, pooling: pooling,
            progress: { done in
                try file.flush()
                try progress(done)
            },
            { sample, features in
                if let values = expected {
                    guard sample == samples[first], areSame(values, features) else {
                        throw FeatureFileError.otherFeatures(
                            file: OutputFile.partialPath(of: path), name: samples[first].name)
                    }
                    expected = nil
                } else {
                    try file.write(file: sample.name, label: images.label(sample), features: features)
                }
            })
        if !kept.samples.isEmpty {
            guard expected == nil else {
                throw FeatureFileError.otherFeatures(
                    file: OutputFile.partialPath(of: path), name: samples[first].name)
            }
            pass.imageCount -= 1
        } else if pass.imageCount == 0 {
            file.giveUp()
            return pass
        }
        pass.badImages.insert(contentsOf: leftOut, at: 0)
        try file.finish()
        return pass
    }

    private func featureFile(
        _ path: String, _ format: FeatureFormat, _ layers: [FeatureLayer], _ images: NamedImages,
        resumed: NamedImages?
    ) throws -> any FeatureFile {
        switch format {
        case .csv:
            let columns = layers.flatMap { layer in
                (0..<layer.shape.count).map { layers.count == 1 ? "f\($0)" : "\(layer.name)_f\($0)" }
            }
            return try FeatureTable(path, columns: columns, resumed: resumed)
        case .npy:
            return try FeatureArrays(list: path + ".csv", arrays: layers.map { (path, $0) }, resumed: resumed)
        case .npz, .hdf5:
            return try FeatureArchive(path, format, layers: layers, images: images, resumed: resumed)
        }
    }
}

/// Whether features are those that were computed before, but for rounding on another machine.
private func areSame(_ before: [Float], _ now: [Slice<UnsafeBufferPointer<Float>>]) -> Bool {
    let now = now.joined()
    let largest = before.reduce(0) { max($0, abs($1)) }
    return before.count == now.count && zip(before, now).allSatisfy { abs($0 - $1) <= 1e-3 * largest }
}
