import Files
import Networks
import Pretrained
import Tasks

/// ONNX: `logits` and what they say, for images N×3×H×W.
///
/// The arrays have PyTorch's names and numbers; nothing is folded.
struct ONNXFormat: ExportFormat {
    let endings = [".onnx"]

    func library(of export: Export) -> String { "onnx" }

    func write(_ export: Export, to path: String) throws {
        let facts = ModelFacts(export.model).members + [Self.preprocessingFact(export)]
        try ONNXFile(
            name: export.model.architecture.rawValue, graph: try Self.graph(of: export),
            facts: facts.map { ($0, $1.stringValue ?? $1.compactText) }
        ).write(to: path)
    }

    private static func preprocessingFact(_ export: Export) -> (String, JSON) {
        let inside = "inside: pixels are 0...255, RGB"
        return ("preprocessing", .string(export.takesRawPixels ? inside : "outside: see mean and channel_order"))
    }

    private static func graph(of export: Export) throws -> ONNXGraph {
        let model = export.model
        var graph = ONNXGraph()
        let side = model.imageSize
        let images = export.takesRawPixels ? "pixels" : "images"
        graph.addInput(images, export.takesRawPixels ? .uint8 : .float, [model.network.inputChannels, side, side])
        let input = export.takesRawPixels ? graph.prepare(images, model.preprocessing) : images
        let names = Dictionary(
            uniqueKeysWithValues: try StateDict(model, .torchvision).entries.compactMap { entry in
                entry.parameter.map { ($0.name, entry.name) }
            })
        var lowering = try ONNXLowering(
            model.network, model.parameters, height: side, width: side, names: names, into: graph)
        let last = try lowering.lower(from: input)
        graph = lowering.graph
        graph.add("Flatten", [last], "logits", ["axis": .integer(1)])
        graph.addOutput("logits", .float, [model.options.classCount])
        graph.addAnswer(of: model)
        return graph
    }

    func usage(of export: Export, file: String) throws -> CodeSample {
        _ = try Self.graph(of: export)
        let side = export.model.imageSize
        let answer = export.model.task.answerName
        return CodeSample(
            language: "python",
            lines: [
                "import numpy, onnxruntime",
                "session = onnxruntime.InferenceSession(\(CodeSample.quoted(file)), providers=[\"CPUExecutionProvider\"])",
                export.takesRawPixels
                    ? "pixels = numpy.zeros((1, 3, \(side), \(side)), \"uint8\")  # RGB, resized as below"
                    : "images = numpy.zeros((1, 3, \(side), \(side)), \"float32\")  # prepared as below",
                "\(answer), = session.run([\"\(answer)\"], "
                    + (export.takesRawPixels ? "{\"pixels\": pixels})" : "{\"images\": images})"),
            ])
    }
}

extension LearningTask {
    /// What the output is called that says what the logits mean.
    var answerName: String { definition.targetKind == .number ? "number" : "probabilities" }
}

extension ONNXGraph {
    /// Makes what the network was trained on of pixels of 0…255.
    fileprivate mutating func prepare(_ pixels: String, _ preprocessing: Preprocessing) -> String {
        var channels = add("Cast", [pixels], "pixels.float", ["to": .integer(ONNXElement.float.rawValue)])
        if preprocessing.channelOrder == .bgr {
            addList("pixels.order", [2, 1, 0])
            channels = add("Gather", [channels, "pixels.order"], "pixels.bgr", ["axis": .integer(1)])
        }
        let shape = [preprocessing.mean.count, 1, 1]
        let mean = addArray("pixels.mean", shape: shape, preprocessing.mean)
        let deviation = addArray("pixels.standard_deviation", shape: shape, preprocessing.standardDeviation)
        let centred = add("Sub", [channels, mean], "pixels.centred")
        return add("Div", [centred, deviation], "pixels.prepared")
    }

    /// Makes probabilities of the logits, or the number that they stand for.
    fileprivate mutating func addAnswer(of model: Model) {
        let name = model.task.answerName
        let count = model.options.classCount
        if model.task.definition.targetKind == .number {
            let scale = model.rules.scale ?? OutputScale(offset: 0, unit: 1)
            // Units are of any size.
            let wide = add("Cast", ["logits"], "logits.double", ["to": .integer(ONNXElement.double.rawValue)])
            let scaled = add("Mul", [wide, addNumber("logits.unit", scale.unit)], "logits.scaled")
            add("Add", [scaled, addNumber("logits.offset", scale.offset)], name)
            return addOutput(name, .double, [count])
        }
        var logits = "logits"
        if let temperature = model.temperature {
            let divisor = addArray("logits.temperature", shape: [], [Float(temperature)])
            logits = add("Div", [logits, divisor], "logits.calibrated")
        }
        switch model.task.definition.targetKind {
        case .categories: add("Sigmoid", [logits], name)
        default: add("Softmax", [logits], name, ["axis": .integer(1)])
        }
        addOutput(name, .float, [count])
    }
}
