extension Image {
    /// Pictures of one size side by side, row after row.
    /// - Parameters:
    ///   - columns: pictures in a row.
    ///   - margin: pixels between them and around all.
    package static func grid(_ cells: [Image], columns: Int, margin: Int = 2, background: RGB = .white) -> Image {
        precondition(columns > 0 && margin >= 0, "a grid has columns")
        guard let first = cells.first else { preconditionFailure("a grid has pictures") }
        precondition(
            cells.allSatisfy { $0.width == first.width && $0.height == first.height }, "the pictures have one size")
        let rows = (cells.count + columns - 1) / columns
        let (wide, high) = (first.width + margin, first.height + margin)
        var grid = Image(
            width: min(columns, cells.count) * wide + margin, height: rows * high + margin, filledWith: background)
        for (index, cell) in cells.enumerated() {
            grid.paste(cell, x: margin + index % columns * wide, y: margin + index / columns * high)
        }
        return grid
    }

    /// The picture with every pixel as a square of `factor` × `factor` pixels.
    package func enlarged(by factor: Int) -> Image {
        precondition(factor > 0, "a picture cannot vanish")
        return Image(width: width * factor, height: height * factor) { output in
            for y in 0..<height * factor {
                for x in 0..<width * factor {
                    let (to, from) = (3 * (y * width * factor + x), 3 * (y / factor * width + x / factor))
                    for channel in 0..<3 { output[to + channel] = pixels[from + channel] }
                }
            }
        }
    }

    /// The picture with its outermost pixels painted over.
    package func framed(_ colour: RGB, width thickness: Int) -> Image {
        let inner = PixelRegion(
            x: thickness, y: thickness, width: width - 2 * thickness, height: height - 2 * thickness)
        guard bounds.contains(inner) else { return Image(width: width, height: height, filledWith: colour) }
        var result = Image(width: width, height: height, filledWith: colour)
        result.paste(cropped(inner), x: thickness, y: thickness)
        return result
    }
}
