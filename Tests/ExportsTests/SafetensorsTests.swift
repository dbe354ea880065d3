import Exports
import Files
import Images
import Networks
import Pretrained
import TestSupport
import Testing

@Suite struct SafetensorsTests {
    /// The header, and where the numbers begin.
    private func header(_ bytes: [UInt8]) throws -> (JSON, Int) {
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        return (try JSON(parsing: String(decoding: bytes[8..<8 + length], as: UTF8.self)), 8 + length)
    }

    private func members(of header: JSON) -> [JSON.Member] {
        if case .object(let members) = header { members } else { [] }
    }

    private func shapes(_ header: JSON) -> [String: [Int]] {
        members(of: header).reduce(into: [:]) { shapes, member in
            shapes[member.key] = member.value["shape"]?.arrayValue?.compactMap { $0.doubleValue.map { Int($0) } }
        }
    }

    @Test func numbersLieOneBehindTheOtherFromAMultipleOfEight() throws {
        let model = formulaModel(.resNet18)
        let bytes = try exported(Export(model, name: "x"), as: .safetensors)
        let (header, start) = try header(bytes)
        #expect(start % 8 == 0)
        let members = members(of: header)
        #expect(members.first == .init(key: "__metadata__", value: ["format": "pt"]))
        var end = 0
        for member in members.dropFirst() {
            let offsets = member.value["data_offsets"]?.arrayValue?.compactMap { $0.doubleValue.map { Int($0) } } ?? []
            try #require(offsets.count == 2)
            #expect(offsets[0] == end)
            end = offsets[1]
        }
        #expect(start + end == bytes.count)
        // 62 parameters, 40 statistics and 20 counters, as torchvision's has.
        #expect(members.count == 1 + 122)
        #expect(header["bn1.num_batches_tracked"]?["dtype"] == "I64")
        #expect(header["bn1.num_batches_tracked"]?["shape"] == [])
        #expect(shapes(header)["layer2.0.downsample.0.weight"] == [128, 64, 1, 1])
        let weights = try #require(model.parameters.tensor("stem.conv.weight")).transposed([0, 3, 1, 2]).values
        let first = bytes[start..<start + 4 * weights.count].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(first == weights)
    }

    @Test func namesAreTorchvisionsOrTimms() throws {
        func shapes(_ model: Model, _ names: TensorNames) throws -> [String: [Int]] {
            var export = Export(model, name: "x")
            export.names = names
            return self.shapes(try header(exported(export, as: .safetensors)).0)
        }
        let mobile = formulaModel(.mobileNetV2)
        #expect(try shapes(mobile, .torchvision)["features.1.conv.0.0.weight"] == [32, 1, 3, 3])
        #expect(try shapes(mobile, .torchvision)["classifier.1.weight"] == [3, 1280])
        #expect(try shapes(mobile, .timm)["blocks.0.0.conv_dw.weight"] == [32, 1, 3, 3])
        #expect(try shapes(mobile, .timm)["bn2.running_mean"] == [1280])
        #expect(try shapes(mobile, .timm)["classifier.weight"] == [3, 1280])
        #expect(try shapes(formulaModel(.resNet18), .timm)["fc.weight"] == [3, 512])
    }

    /// A head that torchvision's network has not been published with stands where its card says.
    @Test func otherHeadsAreSequences() throws {
        let head = Head(pooling: .maximum, hiddenLayers: [.init(units: 4, hasReLU: true)])
        let bytes = try exported(
            Export(formulaModel(.squeezeNet11, .init(classCount: 3, head: head)), name: "x"), as: .safetensors)
        let shapes = shapes(try header(bytes).0)
        #expect(shapes["classifier.0.weight"] == [4, 512])
        #expect(shapes["classifier.2.bias"] == [3])
    }

    @Test func whatALibraryDoesNotHaveIsRefusedByName() throws {
        func refusal(_ model: Model, _ target: ExportTarget, _ names: TensorNames = .torchvision) throws -> String {
            var export = Export(model, name: "x")
            export.names = names
            return try #require(throws: ExportError.self) { _ = try exported(export, as: target) }.description
        }
        let original = formulaModel(.resNet18, .init(classCount: 2, form: .original))
        #expect(
            try refusal(original, .safetensors) == """
                torchvision builds another resnet18 than resnet18, original form: stem.conv is a convolution 7×7 /2 with \
                bias here and a convolution 7×7 /2 without bias there; export to onnx or model, which hold any network
                """)
        let caffe = formulaModel(.resNet50, .init(classCount: 2, form: .caffe))
        #expect(try refusal(caffe, .torch).contains("layer2.block1.conv1 is a convolution 1×1 /2 here"))
        let revised = formulaModel(.resNet50, .init(classCount: 2, form: .revised))
        #expect(try refusal(revised, .keras).contains("stem.conv is a convolution 7×7 /2 without bias here"))
        #expect(try refusal(formulaModel(.resNet18), .keras).hasPrefix("Keras has no resnet18"))
        #expect(try refusal(formulaModel(.squeezeNet11), .safetensors, .timm).hasPrefix("timm has no squeezenet1_1"))
        #expect(try refusal(formulaModel(.vgg11BN), .torch, .timm).hasPrefix("timm's vgg11_bn cannot have this head"))
        let large = Model(
            architecture: .vgg11, options: .init(classCount: 2, fullyConnected: true), preprocessing: .torch,
            imageSize: 288, resize: .crop)
        #expect(try refusal(large, .torch, .timm).contains("they yield a map of 9×9×512, larger than 7×7"))
        let epsilon = formulaModel(.mobileNetV2, .init(classCount: 2, batchNormEpsilon: 0.5))
        #expect(try refusal(epsilon, .torch).contains("epsilon 0.5 here and one with 1e-05 there"))
    }

    /// Basic blocks are the same in two forms.
    @Test func formsThatComputeTheSameAreTaken() throws {
        let caffe = formulaModel(.resNet18, .init(classCount: 2, form: .caffe))
        #expect(try !exported(Export(caffe, name: "x"), as: .safetensors).isEmpty)
    }

    @Test func theConfigurationIsTimms() throws {
        let folder = try TemporaryDirectory()
        var model = formulaModel(.resNet18)
        model.resize = .squash
        var export = Export(model, name: "x")
        export.names = .timm
        let files = try export.write(as: .safetensors, to: folder.file("model.safetensors"))
        #expect(files.map { $0.split(separator: "/").last } == ["model.safetensors", "config.json", "README.md"])
        let text = String(decoding: try #require(FileSystem.bytes(of: folder.file("config.json"))), as: UTF8.self)
        let json = try JSON(parsing: text)
        #expect(json["architecture"] == "resnet18")
        #expect(json["num_classes"] == 3)
        #expect(json["num_features"] == 512)
        #expect(json["label_names"] == ["class 0", "class 1", "class 2"])
        #expect(json["pretrained_cfg"]?["input_size"] == [3, 224, 224])
        #expect(json["pretrained_cfg"]?["crop_mode"] == "squash")
        #expect(json["finetune"]?["architecture"] == "resnet18")
    }
}
