extension Summary {
    /// The table and the totals in plain text, ending in a line break.
    package var text: String {
        let header = ["layer", "operation", "output", "parameters", "multiply-adds", "receptive field"]
        let rows = layers.map { layer in
            [
                layer.name, layer.operation, layer.output.description, grouped(layer.parameterCount, orNothing: true),
                grouped(layer.multiplyAdds, orNothing: true), layer.receptiveField.map(grouped) ?? "image",
            ]
        }
        let images = batchSize == 1 ? "one image" : "\(grouped(batchSize)) images"
        return """
            \(network) for images of \(imageHeight)×\(imageWidth)

            \(table([header] + rows))

            parameters     \(grouped(parameterCount)): \(grouped(trainableParameterCount)) trainable, \
            \(grouped(frozenParameterCount)) frozen; and \(grouped(statisticCount)) running statistics
            multiply-adds  \(grouped(multiplyAdds)) an image
            activations    \(mebibytes(forwardActivationBytes)) forward, \(mebibytes(trainingActivationBytes)) training, \
            estimated for \(images) in 32-bit floats

            """
    }
}

/// Rows with aligned columns, two spaces apart: the first two to the left, the others to the right.
private func table(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        row.indices.map { column in
            let padding = String(repeating: " ", count: widths[column] - row[column].count)
            return column < 2 ? row[column] + padding : padding + row[column]
        }
        .joined(separator: "  ")
    }
    .joined(separator: "\n")
}

/// Digits in groups of three.
private func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.indices.map { i in
        (i > 0 && (digits.count - i) % 3 == 0 ? "," : "") + String(digits[i])
    }
    .joined()
}

private func grouped(_ number: Int, orNothing: Bool) -> String { number == 0 && orNothing ? "" : grouped(number) }

/// One decimal.
private func mebibytes(_ bytes: Int) -> String {
    let tenths = (bytes * 10 + 1 << 19) >> 20
    return "\(grouped(tenths / 10)).\(tenths % 10) MiB"
}
