import Archives
import Files
import Networks
import Pretrained
import Tensors
import TestSupport
import Testing

/// Which tensors become the head, and what is said where none do.
@Suite struct HeadOriginTests: StateDictSuite {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// A ResNet-20 with its classifier under another name.
    private func renamedHead(_ name: String) -> StateDict {
        var dict = StateDict()
        dict.rename { $0.replacing("linear.", with: "\(name).") }
        return dict
    }

    /// A ResNet-20 without its classifier.
    private func headless() -> StateDict {
        var dict = StateDict()
        for key in ["linear.weight", "linear.bias"] { dict.tensors[key] = nil }
        return dict
    }

    @Test(arguments: [
        "fc", "linear", "classifier", "head", "last_linear", "head.fc", "head.linear", "fc.0", "fc.1", "classifier.1",
        "last_linear.2", "module.fc", "model.output_layer",
    ])
    func usualNamesAreRead(_ name: String) throws {
        let (model, report) = try importing(renamedHead(name))
        #expect(report.head == .file && report.unused.isEmpty)
        #expect(model.options.classCount == 10)
        #expect(
            model.parameters.tensor("head.linear.weight") == StateDict().tensors["linear.weight"],
            "the classifier's numbers")
        try report.requireHead()
    }

    @Test func otherNamesAreProposed() throws {
        let (_, report) = try importing(renamedHead("own_classes"))
        #expect(report.head == .absent(candidates: ["`own_classes.weight` (10×64)"]))
        #expect(report.summary.contains { $0.contains("`own_classes.weight` (10×64) may be one") })
        let error = #expect(throws: WeightError.self) { try report.requireHead() }
        #expect(error?.kind == .data && error?.path == path)
        #expect(error?.reason.contains("--name-map NAME=head.linear") == true)
        var options = ImportOptions()
        options.nameMap = ["own_classes": "head.linear"]
        let mapped = try importing(renamedHead("own_classes"), options)
        #expect(mapped.report.head == .file && mapped.report.unused.isEmpty)
        #expect(mapped.model.parameters.tensor("head.linear.weight") == StateDict().tensors["linear.weight"])
    }

    /// Pooling, normalisation, filters and layers of other networks than these, beside a trunk and a classifier that fit.
    @Test(arguments: [
        ("avgpool.p", [1]), ("mean", [3]), ("normalize.std", [3]), ("conv_last.weight", [64, 64, 1, 1]),
        ("maxpool.filt", [64, 1, 3, 3]), ("se.0.weight", [4, 64]), ("bn0.running_mean", [3]), ("temperature", []),
        ("stn.fc.0.bias", [32]), ("logit_scale", []),
    ])
    func whatNobodyKnowsCastsDoubt(_ name: String, _ shape: [Int]) throws {
        var dict = StateDict()
        dict.tensors[name] = Tensor(shape: shape)
        let (model, report) = try importing(dict)
        let error = #expect(throws: WeightError.self) { try report.requireHead() }
        #expect(error?.kind == .data)
        #expect(error?.reason.contains("it holds `\(name)` (") == true, "\(String(describing: error))")
        #expect(error?.reason.contains("--name-map NAME=unused") == true)
        // Training goes on with the head that is there, and says what is left over.
        #expect(!report.newHead && report.unused == [name])
        #expect(model.parameters.tensor("head.linear.weight") == dict.tensors["linear.weight"])
        var options = ImportOptions()
        options.nameMap = [name: "unused"]
        try importing(dict, options).report.requireHead()
    }

    @Test func aTrunkAloneHasNoHead() throws {
        let (_, report) = try importing(headless())
        #expect(report.head == .absent(candidates: []))
        #expect(throws: WeightError.self) { try report.requireHead() }
    }

    @Test(arguments: [
        ["fc.0": [32, 64], "fc.3": [10, 32]], ["classifier.0": [32, 64], "classifier.2": [10, 32]],
        ["classifier.1": [64, 64], "classifier.4": [64, 64], "classifier.6": [10, 64]],
        ["fc": [32, 64], "head": [10, 32]], ["embedding": [64, 64], "linear": [10, 64]],
        ["fc.0": [64], "fc.1": [10, 64]], ["neck": [64], "linear": [10, 64]],
    ])
    func headsOfSeveralLayersAreNamed(_ shapes: [String: [Int]]) throws {
        var dict = headless()
        for (name, shape) in shapes {
            dict.tensors["\(name).weight"] = Tensor(shape: shape)
            dict.tensors["\(name).bias"] = Tensor(shape: [shape[0]])
        }
        // Training goes on with a new head, of as many classes too.
        for classCount in [nil, 10, 4] {
            let (model, report) = try importing(dict, ImportOptions(classCount: classCount))
            #expect(report.newHead)
            #expect(model.parameters["head.linear.weight"].allSatisfy { $0 == 0 })
            let error = #expect(throws: WeightError.self) { try report.requireHead() }
            if classCount == 4, case .otherClasses = report.head { continue }
            for name in shapes.keys {
                #expect(error?.reason.contains("`\(name).weight`") == true, "\(String(describing: error))")
            }
        }
    }

    @Test func aLayerMayBeSetAside() throws {
        var dict = StateDict()
        dict.tensors["embedding.weight"] = Tensor(shape: [64, 64])
        #expect(throws: WeightError.self) { try importing(dict).report.requireHead() }
        var options = ImportOptions()
        options.nameMap = ["embedding": "unused"]
        let report = try importing(dict, options).report
        #expect(report.head == .file && report.baggage == [.unwanted: 1])
        #expect(report.summary.last == "left aside: what the name map sets aside (1)")
    }

    @Test func anotherNumberOfClassesIsSaid() throws {
        let report = try importing(StateDict(), ImportOptions(classCount: 4)).report
        #expect(report.head == .otherClasses(10))
        #expect(report.summary.contains("the head is new: 4 classes; the file's tells 10 apart"))
        #expect(throws: WeightError.self) { try report.requireHead() }
    }

    /// What MoCo's last layer makes of features is compared with the queue.
    @Test func aProjectionIsNoClassifier() throws {
        var dict = StateDict(classCount: 16)
        dict.rename { "module.encoder_q.\($0)" }
        dict.tensors["module.queue"] = Tensor(shape: [16, 256])
        dict.tensors["module.queue_ptr"] = Tensor(shape: [1])
        for classCount in [nil, 4, 16] {
            var options = ImportOptions(classCount: classCount)
            options.nameMap = ["encoder_q": ""]
            let (model, report) = try importing(dict, options)
            #expect(report.head == .projection(queue: "module.queue", shape: [16, 256]))
            #expect(model.parameters["head.linear.weight"].allSatisfy { $0 == 0 })
            let error = #expect(throws: WeightError.self) { try report.requireHead() }
            #expect(error?.reason.contains("compared with `module.queue` (16×256)") == true)
        }
        var options = ImportOptions()
        options.nameMap = ["encoder_q": "", "module.queue": "unused"]
        #expect(try importing(dict, options).report.head == .file, "somebody who knows better said so")
    }

    @Test func aTransposedClassifierIsNoOtherOne() throws {
        var dict = StateDict()
        dict.tensors["linear.weight"] = Tensor(shape: [64, 10])
        for classCount in [nil, 10] {
            try dict.write(to: path)
            let error = #expect(throws: WeightError.self) {
                try Model.importing(path, ImportOptions(classCount: classCount))
            }
            #expect(error?.reason.contains("`linear.weight` is 64×10, but head.linear.weight needs 10×64") == true)
        }
        #expect(try importing(dict, ImportOptions(classCount: 4)).report.head == .otherClasses(10))
    }

    // MARK: What stands beside the network

    @Test func baggageIsToldFromTheNetwork() throws {
        var dict = StateDict()
        for (key, tensor) in dict.tensors { dict.tensors["module.encoder_k.\(key)"] = tensor }
        for key in ["bn1.num_batches_tracked", "layer1.0.total_ops", "n_averaged"] {
            dict.tensors[key] = Tensor(shape: [1])
        }
        dict.tensors["queue"] = Tensor(shape: [64, 16])
        dict.tensors["queue_ptr"] = Tensor(shape: [1])
        dict.tensors["optimizer.state.0.exp_avg"] = Tensor(shape: [16])
        dict.tensors["teacher.fc.weight"] = Tensor(shape: [10, 64])
        dict.tensors["model_ema.layer1.0.conv1.weight"] = Tensor(shape: [16, 16, 3, 3])
        let report = try importing(dict).report
        #expect(report.head == .file && report.unused.isEmpty)
        #expect(
            report.baggage
                == [.counters: 3, .queues: 2, .trainingState: 1, .copies: StateDict().tensors.count + 2])
        let counts = "counters (3), state of the training (1), queues (2), a second copy of the network (99)"
        #expect(report.summary.last == "left aside: \(counts)")
    }

    @Test(arguments: [
        ("layer2.0.se.fc.weight", [4, 32]), ("layer2.0.attention.ema.weight", [32]),
        ("layer1.0.downsample.2.weight", [16]),
        ("layer1.0.conv1.weight_g", [16]), ("layer1.0.conv1.weight_mask", [16, 16, 3, 3]),
        ("layer3.3.conv1.weight", [1]),
        ("conv1.bias", [16]), ("bn1.scale", [16]), ("layer4.0.conv1.weight", [1]), ("module.layer1.gate", [1]),
    ])
    func whatLiesInTheTrunkIsRefused(_ key: String, _ shape: [Int]) throws {
        var dict = StateDict()
        dict.tensors[key] = Tensor(shape: shape)
        try dict.write(to: path)
        let error = #expect(throws: WeightError.self) { try Model.importing(path, ImportOptions(classCount: 4)) }
        #expect(
            error?.reason.contains("not in this network (1):\n    `\(key)`") == true, "\(String(describing: error))")
    }

    @Test func integersAreNoWeights() throws {
        let writer = try HDF5Writer(path: path)
        for (key, tensor) in StateDict().tensors where key != "bn1.bias" { try writer.write(key, tensor) }
        try writer.write("bn1.bias", [Int64](repeating: 1, count: 16))
        try writer.close()
        let error = #expect(throws: WeightError.self) { try Model.importing(path) }
        #expect(
            error?.reason.hasSuffix(
                "no floating-point numbers (1):\n    `bn1.bias` is int64, but stem.norm.shift needs weights") == true,
            "\(String(describing: error))")
    }

    // MARK: Forms

    @Test func aFormThatTensorsDoNotTellIsSaid() throws {
        func form(_ report: LoadReport) -> String? { report.summary.first { $0.contains("form: caffe") } }
        let small = try importing(StateDict(.resNet18)).report
        #expect(form(small) == nil, "basic blocks are the same")
        let path = folder.file("large.h5")
        try ReservedStateDict(of: Architecture.resNet50.network()).write(to: path)
        var options = ImportOptions(architecture: .resNet50)
        let assumed = try Model.importing(path, options)
        #expect(assumed.model.options.form == .revised)
        #expect(form(assumed.report)?.hasPrefix("the form v1.5 (torchvision's) is assumed") == true)
        options.form = .revised
        let told = try Model.importing(path, options).report
        #expect(form(told) == nil)
        options.form = .caffe
        let asked = try Model.importing(path, options)
        #expect(asked.model.options.form == .caffe && asked.model.preprocessing == .torch)
        #expect(asked.report.summary[1].hasPrefix("preprocessing torch is assumed"))
        options.preprocessing = .caffe
        #expect(try Model.importing(path, options).report.summary.count == 1)
    }

    /// A form that is another family's is not passed over.
    @Test func aFormThatNoFittingNetworkHasIsAnError() throws {
        try StateDict(.resNet18).write(to: folder.file("weights.h5"))
        var options = ImportOptions()
        options.form = .torch
        #expect(throws: WeightError.self) { try Model.importing(folder.file("weights.h5"), options) }
        options.form = .caffe
        #expect(try Model.importing(folder.file("weights.h5"), options).model.architecture == .resNet18)
    }
}
