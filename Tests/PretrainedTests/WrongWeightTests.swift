import Archives
import Files
import Networks
import Pretrained
import Tensors
import TestSupport
import Testing

/// Files that do not fit say why, tensor by tensor.
@Suite struct WrongWeightTests: StateDictSuite {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func reason(_ dict: StateDict, _ options: ImportOptions = ImportOptions()) throws -> String {
        try dict.write(to: path)
        let error = #expect(throws: WeightError.self) { try Model.importing(path, options) }
        #expect(error?.kind == .data)
        #expect(error?.path == path)
        return error?.reason ?? ""
    }

    @Test func soundDictLoads() throws {
        let (model, report) = try importing(StateDict())
        let expected = ParameterStore(model.network)
        FormulaWeights.fill(expected)
        for parameter in model.network.parameters {
            #expect(
                model.parameters.tensor(parameter.name) == expected.tensor(parameter.name), "\(parameter.name)")
        }
        #expect(report.summary.count == 1)
    }

    @Test func missingTensorsAreNamed() throws {
        var dict = StateDict()
        dict.tensors["layer2.1.conv1.weight"] = nil
        dict.tensors["layer3.0.bn2.running_var"] = nil
        #expect(
            try reason(dict) == """
                does not fit resnet20:
                  missing (2):
                    layer2.block2.conv1.weight, stored as 32×32×3×3
                    layer3.block1.norm2.variance, stored as 64
                """)
    }

    @Test func missingTensorsMayBeAllowedStageByStage() throws {
        var dict = StateDict()
        dict.tensors["layer2.1.conv1.weight"] = nil
        var options = ImportOptions()
        options.allowingMissing = ["layer1"]
        #expect(try reason(dict, options).contains("missing (1)"))
        options.allowingMissing = ["layer2"]
        let (model, report) = try importing(dict, options)
        #expect(report.missing == ["layer2.block2.conv1.weight"])
        #expect(model.parameters["layer2.block2.conv1.weight"].contains { $0 != 0 })
        #expect(report.summary.contains { $0.contains("layer2.block2.conv1.weight") })
    }

    @Test func withoutStatisticsOneHintIsGiven() throws {
        var dict = StateDict()
        dict.tensors = dict.tensors.filter { !$0.key.contains("running_") }
        let text = try reason(dict)
        #expect(text.hasPrefix("has no mean and variance (running_mean, running_var) of any batch norm, which"))
        #expect(text.contains("save model.state_dict() instead") && text.contains("group norms"))
        dict.tensors["bn1.running_mean"] = Tensor(shape: [16])
        #expect(try reason(dict).contains("missing (37):"))
    }

    @Test func namesStayOnTheirLines() throws {
        var dict = StateDict()
        dict.tensors["layer1.0.two\nlines.weight"] = Tensor(shape: [4])
        #expect(try reason(dict).contains("`layer1.0.two\\nlines.weight` (4)"))
        dict.tensors = ["two\nlines.weight": Tensor(shape: [4, 4])]
        #expect(try reason(dict).contains("`two\\nlines`"))
        #expect("\(ArchiveError(path: "a\nb", reason: "c\nd"))" == "a\\nb: c\\nd")
    }

    @Test func noKnownNameIsTakenForAPrefix() throws {
        var dict = StateDict(.resNet18)
        dict.tensors = dict.tensors.filter { !$0.key.hasPrefix("fc") }
        let text = try reason(dict, ImportOptions(architecture: .vgg16))
        #expect(text.contains("holds no layer of vgg16") && !text.contains("--name-map"), "\(text)")
    }

    @Test func misshapenTensorsAreNamed() throws {
        var dict = StateDict()
        dict.tensors["layer2.1.conv1.weight"] = Tensor(shape: [32, 32, 5, 5])
        dict.tensors["bn1.weight"] = Tensor(shape: [1, 16])
        #expect(
            try reason(dict) == """
                does not fit resnet20:
                  misshapen (2):
                    `bn1.weight` is 1×16, but stem.norm.scale needs 16
                    `layer2.1.conv1.weight` is 32×32×5×5, but layer2.block2.conv1.weight needs 32×32×3×3
                """)
    }

    @Test func repeatedTensorsAreNamed() throws {
        var dict = StateDict()
        dict.tensors["module.bn1.weight"] = dict.tensors["bn1.weight"]
        #expect(try reason(dict).contains("`bn1.weight` and `module.bn1.weight` both claim stem.norm.scale"))
    }

    @Test func unusedTensorsAreListed() throws {
        var dict = StateDict()
        dict.tensors["projector.0.weight"] = Tensor(shape: [4, 4])
        dict.tensors["prototypes"] = Tensor(shape: [4])
        dict.tensors["bn1.num_batches_tracked"] = Tensor(shape: [], values: [3])
        let report = try importing(dict).report
        #expect(report.unused.sorted() == ["projector.0.weight", "prototypes"])
        #expect(
            report.summary.suffix(2) == ["not used: projector.0.weight, prototypes", "left aside: counters (1)"])
    }

    @Test(.timeLimit(.minutes(1))) func endlessFilesAreRefused() throws {
        var dict = StateDict()
        for index in 0..<10_000 { dict.tensors["x\(index).weight"] = Tensor(shape: []) }
        #expect(try reason(dict).hasPrefix("holds \(dict.tensors.count) tensors, more than any network here"))
        dict = StateDict()
        dict.tensors[String(repeating: "a.", count: 500) + "weight"] = Tensor(shape: [])
        #expect(try reason(dict).hasPrefix("has a tensor with a name of 1006 bytes, `a.a.a.a."))
    }

    @Test func aSmallerNetworkDoesNotSwallowALargerOne() throws {
        let text = try reason(StateDict(.resNet32), ImportOptions(architecture: .resNet20))
        #expect(text.contains("not in this network"))
        #expect(text.contains("layer1.3.conv1.weight"))
        #expect(text.contains("and 40 more"))
    }

    @Test func anotherNetworkIsNamedAsUnknown() throws {
        var dict = StateDict()
        dict.tensors = ["encoder.layer.0.weight": Tensor(shape: [4, 4]), "x.bias": Tensor(shape: [4])]
        #expect(try reason(dict).contains("holds no architecture that is known here"))
        #expect(try reason(dict, ImportOptions(architecture: .resNet50)).contains("holds no layer of resnet50"))
    }

    @Test func numbersAreChecked() throws {
        var dict = StateDict()
        dict.tensors["bn1.running_var"]?.values[3] = -0.5
        #expect(try reason(dict) == "the tensor `bn1.running_var` holds -0.5, but variances are never negative")
        dict = StateDict()
        dict.tensors["linear.weight"]?.values[7] = .nan
        dict.tensors["linear.weight"]?.values[8] = .infinity
        #expect(
            try reason(dict) == "the tensor `linear.weight` holds 2 values that are infinite or not numbers")
    }

    @Test func halfAClassifierIsNoNewHead() throws {
        var dict = StateDict()
        dict.tensors["linear.weight"] = nil
        #expect(try reason(dict).contains("head.linear.weight"))
        dict.tensors["linear.bias"] = nil
        let (model, report) = try importing(dict, ImportOptions(classCount: 4))
        #expect(report.newHead && report.unused.isEmpty)
        #expect(model.parameters.tensor("head.linear.bias")?.shape == [4])
    }

    @Test func aClassifierOfOtherFeaturesIsMisshapen() throws {
        var dict = StateDict()
        dict.tensors["linear.weight"] = Tensor(shape: [10, 32])
        #expect(try reason(dict).contains("`linear.weight` is 10×32, but head.linear.weight needs 10×64"))
    }

    @Test func epsilonsOfOthersReplaceThePublishedOne() throws {
        var options = ImportOptions()
        options.batchNormEpsilon = 1e-3
        let (model, _) = try importing(StateDict(), options)
        let epsilons = model.network.nodes.compactMap(\.batchNormEpsilon)
        #expect(epsilons.count == 19 && epsilons.allSatisfy { $0 == 1e-3 })
        let expected = ParameterStore(model.network)
        FormulaWeights.fill(expected)
        #expect(model.parameters["stem.norm.variance"][2] == expected["stem.norm.variance"][2])
        try model.write(to: path)
        #expect(try Model.read(path).options.batchNormEpsilon == 1e-3)
        #expect(try Model.importing(path).model.options.batchNormEpsilon == 1e-3)
    }

    @Test func choicesOverrideTheFile() throws {
        var options = ImportOptions(classCount: 10)
        options.preprocessing = .raw
        options.imageSize = 64
        options.resize = .squash
        options.dropout = 0.5
        options.classNames = (0..<10).map { "class \($0)" }
        let (model, report) = try importing(StateDict(), options)
        #expect(!report.newHead)
        #expect(model.preprocessing == .raw && model.imageSize == 64 && model.resize == .squash)
        #expect(model.options.dropout == 0.5 && model.classNames?.count == 10)
    }

    // MARK: Name maps

    private func renamed(_ rename: (String) -> String) -> StateDict {
        var dict = StateDict()
        dict.rename(rename)
        return dict
    }

    @Test func aPrefixMayBeMappedAway() throws {
        let dict = renamed { "my.trunk.\($0)" }
        #expect(throws: WeightError.self) { try importing(dict) }
        var options = ImportOptions()
        options.nameMap = ["my.trunk": ""]
        #expect(try importing(dict, options).report.loaded == StateDict().tensors.count)
        options.nameMap = ["my/trunk/": ""]
        #expect(try importing(dict, options).report.loaded == StateDict().tensors.count)
    }

    @Test(arguments: ["encoder_q", "module.encoder_q", "module/encoder_q"])
    func aPrefixBehindAWrapperMayBeMappedAway(_ prefix: String) throws {
        var dict = renamed { "module.encoder_q.module.\($0)" }
        dict.tensors["module.encoder_k.module.linear.weight"] = Tensor(shape: [10, 64])
        let text = try reason(dict)
        #expect(text.contains("name_map: {encoder_q.module: ''}") && text.contains("--name-map encoder_q.module="))
        var options = ImportOptions()
        options.nameMap = [prefix: ""]
        let report = try importing(dict, options).report
        #expect(report.loaded == StateDict().tensors.count && report.head == .file && report.baggage == [.copies: 1])
        options.nameMap = ["encoder_q.module": ""]
        #expect(try importing(dict, options).report.loaded == StateDict().tensors.count)
    }

    @Test func layersAndTensorsMayBeMapped() throws {
        let dict = renamed {
            $0 == "conv1.weight" ? "eyes.weight" : $0 == "linear.bias" ? "offsets" : $0
        }
        var options = ImportOptions()
        options.nameMap = ["eyes": "stem.conv", "offsets": "head.linear.bias"]
        let report = try importing(dict, options).report
        #expect(report.loaded == dict.tensors.count && report.unused.isEmpty)
    }

    @Test func whatIsLeftOutAnywayMayBeSetAside() throws {
        var dict = renamed { "student.\($0)" }
        for (name, tensor) in StateDict().tensors { dict.tensors["teacher.\(name)"] = tensor }
        var options = ImportOptions()
        options.nameMap = ["student": "", "teacher": "unused"]
        let report = try importing(dict, options).report
        #expect(report.loaded == StateDict().tensors.count && report.baggage == [.copies: StateDict().tensors.count])
        options.nameMap = ["student": "", "teacher": "stem"]
        #expect(try reason(dict, options).contains("the name map's `teacher`"))
    }

    @Test func mistakesInTheMapAreSaid() throws {
        var options = ImportOptions()
        options.nameMap = ["nobody": "stem.conv"]
        #expect(try reason(StateDict(), options).contains("the name map's `nobody`"))
        options.nameMap = ["conv1": "stem.convolution"]
        let text = try reason(StateDict(), options)
        #expect(text.contains("missing (1):\n    stem.conv.weight") && text.contains("`conv1.weight` (16×3×3×3)"))
    }

    // MARK: Files of others

    @Test(arguments: [
        ("pre-1.0", "from before Keras 1.0"), ("nothing", "holds no tensors"),
        ("unknown", "is of no known layout; its first tensors are `spectra`"),
        ("listed-twice", "is listed twice"), ("listed-not-there", "is listed but not there"),
        ("resnet-v2", "holds a ResNet V2"), ("compound", "no architecture that is known"),
    ])
    func hostileFilesAreRefused(_ name: String, _ message: String) throws {
        let error = #expect(throws: WeightError.self) {
            try Model.importing(golden("weights/hostile/\(name).h5"))
        }
        #expect(error?.reason.contains(message) == true, "\(String(describing: error))")
    }

    @Test func namesThatAreNumbersAreRefused() {
        #expect(throws: ArchiveError.self) {
            try Model.importing(golden("weights/hostile/names-are-numbers.h5"))
        }
    }

    @Test func theanosKernelsAreRefused() throws {
        try PackedGolden.unpacked("keras-vgg16-theano") { path in
            let error = #expect(throws: WeightError.self) { try Model.importing(path) }
            #expect(error?.reason.contains("Theano's kernels") == true, "\(String(describing: error))")
        }
    }

    @Test func aFormThatContradictsTheFileIsRefused() throws {
        try PackedGolden.unpacked("keras-resnet50-legacy") { path in
            var options = ImportOptions(architecture: .resNet50)
            options.form = .revised
            let error = #expect(throws: WeightError.self) { try Model.importing(path, options) }
            #expect(error?.reason.contains("does not fit resnet50 in its v1.5 form") == true)
            #expect(error?.reason.contains("conv1_conv/bias") == true)
        }
    }

    // MARK: Models

    @Test func damagedModelsAreRefused() throws {
        let tensor = Tensor(shape: [1], values: [0])
        func write(_ change: (HDF5Writer) throws -> Void) throws {
            let writer = try HDF5Writer(path: path)
            try writer.setAttribute("format", to: "finetune-model")
            try change(writer)
            try writer.write("parameters/stem.conv.weight", tensor)
            try writer.close()
        }
        func message() -> String {
            let error = #expect(throws: WeightError.self) { try Model.read(path) }
            return error?.reason ?? ""
        }
        try write { _ in }
        #expect(message().contains("`format_version` is missing"))
        try write { try $0.setAttribute("format_version", to: 9) }
        #expect(message().contains("written by a newer finetune"))
        try write {
            try $0.setAttribute("format_version", to: 1)
            try $0.setAttribute("class_count", to: -1)
        }
        #expect(message().contains("`class_count` is not a whole number"))
        var model = Model(
            architecture: .resNet20, options: .init(classCount: 2), preprocessing: .raw, imageSize: 8, resize: .crop)
        for temperature in [0, -1, .nan, 1e9] {
            model.temperature = temperature
            try model.write(to: path)
            #expect(message().contains("`temperature` is "))
        }
        try StateDict().write(to: path)
        #expect(message().contains("is a PyTorch state dict in HDF5, not a model that finetune trained"))
    }
}
