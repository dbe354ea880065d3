import Files

extension Summary {
    /// The table and the totals in plain text, ending in a line break.
    package var text: String {
        var table = TextTable([
            ("layer", .leading), ("operation", .leading), ("output", .trailing), ("parameters", .trailing),
            ("multiply-adds", .trailing), ("receptive field", .trailing),
        ])
        for layer in layers {
            table.add([
                layer.name, layer.operation, layer.output.description, numberOrNothing(layer.parameterCount),
                numberOrNothing(layer.multiplyAdds), layer.receptiveField.map(Words.grouped) ?? "image",
            ])
        }
        let images = batchSize == 1 ? "one image" : "\(Words.grouped(batchSize)) images"
        return """
            \(network) for images of \(imageHeight)×\(imageWidth)

            \(table.text)
            parameters     \(Words.grouped(parameterCount)): \(Words.grouped(trainableParameterCount)) trainable, \
            \(Words.grouped(frozenParameterCount)) frozen; and \(Words.grouped(statisticCount)) running statistics
            multiply-adds  \(Words.grouped(multiplyAdds)) an image
            activations    \(mebibytes(forwardActivationBytes)) forward, \(mebibytes(trainingActivationBytes)) training, \
            estimated for \(images) in 32-bit floats

            """
    }
}

private func numberOrNothing(_ number: Int) -> String { number == 0 ? "" : Words.grouped(number) }

/// One decimal.
private func mebibytes(_ bytes: Int) -> String {
    let tenths = (bytes * 10 + 1 << 19) >> 20
    return "\(Words.grouped(tenths / 10)).\(tenths % 10) MiB"
}
