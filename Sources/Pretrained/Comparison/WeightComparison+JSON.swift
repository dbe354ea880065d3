import Files

extension WeightComparison {
    /// The comparison for a machine: parts and tensors, with their figures; what is infinite is null.
    package var json: JSON {
        .object([
            .init(key: "equal", value: .bool(isEqual)),
            .init(key: "first", value: .string(first.path)),
            .init(key: "second", value: .string(second.path)),
            .init(key: "not_compared_in_first", value: .array(first.ignored.map(JSON.string))),
            .init(key: "not_compared_in_second", value: .array(second.ignored.map(JSON.string))),
            .init(key: "names", value: .string(isByNetwork ? "network" : "file")),
            .init(key: "parts", value: .array(parts.map(\.json))),
            .init(key: "tensors", value: .array(rows.map(\.json))),
        ])
    }
}

extension WeightComparison.Part {
    fileprivate var json: JSON {
        .object(
            [
                .init(key: "name", value: .string(name)),
                .init(key: "equal", value: .integer(equal)),
                .init(key: "different", value: .integer(different)),
                .init(key: "equal_as_floats", value: .integer(equalAsFloats)),
                .init(key: "other_shape", value: .integer(otherShape)),
                .init(key: "only_in_first", value: .integer(onlyInFirst)),
                .init(key: "only_in_second", value: .integer(onlyInSecond)),
            ] + change.members)
    }
}

extension WeightComparison.Row {
    fileprivate var json: JSON {
        let members: [JSON.Member] =
            switch outcome {
            case .compared(let change, let types):
                [.init(key: "outcome", value: .string(change.isEqual ? "equal" : "different"))]
                    + types.members + change.members
            case .equalAsFloats(let change, let types):
                [.init(key: "outcome", value: .string("equal as floats"))] + types.members + change.members
            case .otherShape(let first, let second):
                [
                    .init(key: "outcome", value: .string("other shape")),
                    .init(key: "first_shape", value: .array(first.map(JSON.integer))),
                    .init(key: "second_shape", value: .array(second.map(JSON.integer))),
                ]
            case .onlyInFirst: [.init(key: "outcome", value: .string("only in first"))]
            case .onlyInSecond: [.init(key: "outcome", value: .string("only in second"))]
            }
        return .object(
            [.init(key: "name", value: .string(name)), .init(key: "part", value: .string(part))] + members)
    }
}

extension StoredTypes {
    fileprivate var members: [JSON.Member] {
        [
            .init(key: "first_type", value: .string(first.description)),
            .init(key: "second_type", value: .string(second.description)),
        ]
    }
}

extension TensorChange {
    fileprivate var members: [JSON.Member] {
        [
            .init(key: "numbers", value: .integer(count)),
            .init(key: "differing", value: .integer(differing)),
            .init(key: "largest_absolute", value: .number(absolute)),
            .init(key: "largest_relative", value: .number(relative)),
            .init(key: "relative_norm", value: .number(norm)),
        ]
    }
}
