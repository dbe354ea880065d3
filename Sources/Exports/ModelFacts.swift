import Files
import Networks
import Pretrained
import Tasks

/// What a program must know of a model beside its numbers, under the keys that `model.h5` has too.
struct ModelFacts {
    let members: [(key: String, value: JSON)]

    init(_ model: Model) {
        func numbers(_ values: [Float]) -> JSON { .array(values.map { .number(Double($0)) }) }
        var members: [(key: String, value: JSON)] = [
            ("producer", .string("\(Companion.mark), version \(toolVersion)")),
            ("format_version", .number(ModelFile.version(of: model))),
            ("architecture", .string(model.architecture.rawValue)),
            ("class_count", .integer(model.options.classCount)),
            ("fully_connected", .integer(model.options.fullyConnected ? 1 : 0)),
            ("dropout", .number(model.options.dropout)),
            ("task", .string(model.task.rawValue)),
            ("image_size", .integer(model.imageSize)), ("resize", .string(model.resize.rawValue)),
            ("channel_order", .string(model.preprocessing.channelOrder.rawValue)),
            ("mean", numbers(model.preprocessing.mean)),
            ("standard_deviation", numbers(model.preprocessing.standardDeviation)),
        ]
        if let form = model.options.form { members.append(("form", .string(form.rawValue))) }
        if let epsilon = model.options.batchNormEpsilon { members.append(("batch_norm_epsilon", .number(epsilon))) }
        let head = HeadAttributes(model.options.head)
        if let pooling = head.pooling { members.append(("pooling", .string(pooling))) }
        members += head.lists.map { ($0.name, .array($0.numbers.map(JSON.number))) }
        if let names = model.classNames { members.append(("class_names", .array(names.map(JSON.string)))) }
        if let temperature = model.temperature { members.append(("temperature", .number(temperature))) }
        if model.task == .multiLabel {
            let thresholds = model.thresholds ?? Array(repeating: 0.5, count: model.options.classCount)
            members.append(("thresholds", .array(thresholds.map(JSON.number))))
        }
        if let scale = model.rules.scale {
            members.append(("output_scale", .array([.number(scale.offset), .number(scale.unit)])))
        }
        self.members = members
    }
}
