import Networks
import Pretrained
import Tasks
import TestSupport
import Testing

@Suite struct InspectionTests {
    @Test func aKerasFileIsTold() throws {
        try PackedGolden.unpacked("keras-resnet50-model") { path in
            let inspection = try WeightInspection(path: path)
            #expect(inspection.layout == .kerasWholeModel)
            #expect(inspection.architecture == .resNet50 && inspection.options?.form == .original)
            #expect(inspection.options?.classCount == 10)
            #expect(inspection.kerasVersion == "3.15.1")
            let lines = inspection.text.split(separator: "\n").map(String.init)
            #expect(lines[1] == "layout         a whole Keras model (legacy HDF5), written by Keras 3.15.1")
            #expect(lines[2] == "architecture   resnet50, original form")
            #expect(lines[3] == "preprocessing  caffe")
            #expect(lines[4] == "classes        10")
            let row = inspection.rows.first {
                $0.name == "model_weights/conv2_block1_0_conv/conv2_block1_0_conv/kernel"
            }
            #expect(row?.use == "layer1.block1.shortcut.conv.weight")
            #expect(row?.shape == [1, 1, 64, 256] && row?.elementType == "float32")
        }
    }

    @Test func gapsAndStrangersAreTold() throws {
        let folder = try TemporaryDirectory()
        var dict = StateDict()
        dict.tensors["layer1.0.conv1.weight"] = nil
        dict.tensors["linear.weight"] = nil
        dict.tensors["linear.bias"] = nil
        dict.tensors["stranger"] = .init(shape: [2])
        try dict.write(to: folder.file("w.h5"))
        let text = try WeightInspection(path: folder.file("w.h5")).text
        #expect(text.contains("architecture   resnet20\n"))
        #expect(text.contains("missing        layer1.block1.conv1.weight\n"))
        #expect(text.contains("the head will be new"))
        #expect(text.contains(/\nstranger +2 +float32 +unused/), "\(text)")
    }

    @Test func aModelIsTold() throws {
        let folder = try TemporaryDirectory()
        var model = Model(
            architecture: .resNet20, options: .init(classCount: 2), preprocessing: .raw, imageSize: 32, resize: .crop,
            classNames: ["cat", "dog"])
        model.initialize(seed: 3)
        model.metadata = ["temperature": "1.5"]
        try model.write(to: folder.file("model.h5"))
        let text = try WeightInspection(path: folder.file("model.h5")).text
        #expect(text.contains("layout         a model of finetune\n"))
        #expect(text.contains("classes        2: cat, dog\n"))
        #expect(text.contains("temperature    1.5\n"))
    }

    @Test func rulesOfAModelAreTold() throws {
        let folder = try TemporaryDirectory()
        var model = Model(
            architecture: .resNet20, options: .init(classCount: 3), preprocessing: .raw, imageSize: 32, resize: .crop,
            classNames: ["sea", "a\nb", "sky"])
        model.initialize(seed: 3)
        model.task = .multiLabel
        (model.thresholds, model.temperature) = ([0.25, 1 / 3, 1], 1.25)
        try model.write(to: folder.file("model.h5"))
        let inspection = try WeightInspection(path: folder.file("model.h5"))
        #expect(inspection.task == .multiLabel && inspection.rules?.thresholds == [0.25, 1 / 3, 1])
        let lines = inspection.text.split(separator: "\n").map(String.init)
        #expect(
            Array(lines[2...7]) == [
                "architecture   resnet20", "task           multi_label", "preprocessing  raw",
                "classes        3: sea, a\\nb, sky", "thresholds     sea 0.2500, a\\nb 0.3333, sky 1.0000",
                "temperature    1.25",
            ])
        // Classes that nobody named have numbers; what is as ever takes no line.
        model.classNames = nil
        try model.write(to: folder.file("model.h5"))
        #expect(
            try WeightInspection(path: folder.file("model.h5")).text.contains(
                "\nthresholds     0 0.2500, 1 0.3333, 2 1.0000\n"))
        model.task = .classification
        (model.thresholds, model.temperature) = (nil, nil)
        try model.write(to: folder.file("model.h5"))
        let plain = try WeightInspection(path: folder.file("model.h5")).text
        #expect(!["\ntask", "\nthresholds", "\ntemperature"].contains(where: plain.contains))
    }

    @Test func unknownNetworksAreTold() throws {
        #expect(throws: WeightError.self) { try WeightInspection(path: golden("weights/hostile/unknown.h5")) }
        let text = try WeightInspection(path: golden("weights/hostile/compound.h5")).text
        #expect(text.contains("architecture   none that is known"))
    }
}
