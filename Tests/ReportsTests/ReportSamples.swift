import Datasets
import Inference
import Metrics
import Reports
import Tasks
import Tensors
import Training

/// Reports made up for tests.
enum ReportSamples {
    /// A tally of `count` images of `classCount` classes that is right in most cases.
    static func tally(classCount: Int, count: Int, absent: Int? = nil) -> ClassificationTally {
        var tally = ClassificationTally(classCount: classCount)
        var random = RandomStream(seed: 5, purpose: .resampling)
        for index in 0..<count {
            let label = index % classCount
            if label == absent { continue }
            var logits = (0..<classCount).map { _ in random.uniform() * 4 }
            logits[label] += 3
            logits[(label + 1) % classCount] += 1
            tally.add(label: label, probabilities: Softmax.probabilities(logits))
        }
        return tally
    }

    static func model() -> RunReport.Model {
        RunReport.Model(
            architecture: "resnet50", parameterCount: 23_600_006, imageSize: 150, resize: "crop",
            preprocessing: "caffe", precision: "bf16",
            weights: "data/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5")
    }

    /// The evaluation of a saved model.
    static func evaluation(
        classNames: [String], images: Int = 480, absent: Int? = nil
    ) -> RunReport {
        let result = ClassificationResult(
            JudgedPass(role: "test", folder: "data/intel/seg_test", seconds: 12.34),
            tally: tally(classCount: classNames.count, count: images, absent: absent))
        var report = RunReport(name: "intel-images", model: model(), classNames: classNames, result: result)
        report.machine = Machine(
            processor: "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", cores: 2, memoryBytes: 16 << 30,
            system: "Debian GNU/Linux 12 (bookworm)")
        return report
    }

    static let scenes = ["buildings", "forest", "glacier", "mountain", "sea", "street"]

    /// The report of a whole run, with everything in it.
    static func run(classNames: [String] = scenes, epochsPerStage: [Int] = [2, 5, 5]) -> RunReport {
        var report = evaluation(classNames: classNames)
        let stages = ["head", "top", "a-stage-with-a-long-name"]
        for (stage, count) in zip(stages, epochsPerStage) {
            for _ in 0..<count {
                let epoch = report.epochs.count + 1
                let x = 1 / Double(epoch)
                report.epochs.append(
                    EpochRecord(
                        epoch: epoch, stage: stage, trainLoss: 0.3 + 1.4 * x, valLoss: 0.38 + 1.1 * x,
                        figures: [
                            "train_accuracy": 0.93 - 0.4 * x, "val_accuracy": 0.91 - 0.3 * x,
                            "val_macro_f1": 0.9 - 0.3 * x,
                        ],
                        learningRate: 1e-3 * x, seconds: 61.7))
            }
            report.freezeProofs.append(
                FreezeProof(
                    stage: stage, tensors: 265, hashBefore: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
                    hashAfter: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c"))
        }
        report.bestEpoch = report.epochs.last?.epoch
        report.monitor = "val_accuracy"
        let bad = BadImage(
            path: "data/intel/seg_train/glacier/10013.jpg", reason: "premature end of the JPEG file after 1,024 bytes")
        report.data = [
            .init(
                role: "training", folder: "data/intel/seg_train/seg_train",
                imagesPerClass: classNames.map { _ in 2_108 }, ignoredFiles: 3, badImages: [bad]),
            .init(
                role: "validation", folder: "data/intel/seg_train/seg_train",
                imagesPerClass: classNames.map { _ in 234 }),
            .init(role: "test", folder: "data/intel/seg_test/seg_test", imagesPerClass: classNames.map { _ in 80 }),
        ]
        report.widths = DataSummary.Spread([150, 150, 110])
        report.heights = DataSummary.Spread([150])
        report.dataWarnings = ["2 identical files are in training and test: sea/1.jpg, sea/2.jpg"]
        report.weightLoading = [
            "Keras legacy file of ResNet-50 without its head, 320 tensors taken",
            "the head is new: 2 tensors were initialised",
        ]
        report.recipe = """
            name: intel-images
            model: {architecture: resnet50, weights: data/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5}
            augment:
              - random_resized_crop: {scale: [0.6, 1.0], ratio: [0.75, 1.3333]}
            """
        report.timings = [.init("Training", seconds: 754.2), .init("Evaluation", seconds: 12.34)]
        report.versions = [.init("finetune", "0.1.0"), .init("oneDNN", "2.6.3")]
        return report
    }
}

extension RunReport {
    /// The result of a classification.
    var classification: ClassificationResult {
        get {
            guard let result = result as? ClassificationResult else { preconditionFailure("no classification") }
            return result
        }
        set { result = newValue }
    }
}
