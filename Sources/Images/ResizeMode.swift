/// How a picture becomes a square.
public enum ResizeMode: String, CaseIterable, Sendable {
    /// The shorter side is resized to the square's, then the middle is cut out: torchvision's `Resize(side)` and
    /// `CenterCrop(side)`. Shape is kept, margins are lost.
    case crop
    /// Both sides are resized to the square's. Nothing is lost, shapes change.
    case squash
    /// The longer side is resized to the square's, and black bars fill the rest. Nothing is lost, shape is kept.
    case letterbox
}

extension Image {
    /// The picture as a square of `side` × `side` pixels.
    package func fitted(to side: Int, _ mode: ResizeMode) -> Image {
        if width == side && height == side { return self }
        switch mode {
        case .crop: return croppedSquare(side)
        case .squash: return resized(width: side, height: side)
        case .letterbox: return letterboxed(side)
        }
    }

    private func croppedSquare(_ side: Int) -> Image {
        let (wide, high) = size(withShorterSide: side)
        let kept = PixelRegion(
            x: Self.margin(wide - side), y: Self.margin(high - side), width: side, height: side)
        return resized(width: wide, height: high, keeping: kept)
    }

    /// The size with the same shape, as torchvision's `Resize(side)` has it: the longer side is rounded down.
    func size(withShorterSide side: Int) -> (width: Int, height: Int) {
        width <= height ? (side, side * height / width) : (side * width / height, side)
    }

    private func letterboxed(_ side: Int) -> Image {
        let (wide, high) =
            width >= height ? (side, max(side * height / width, 1)) : (max(side * width / height, 1), side)
        let inner = resized(width: wide, height: high)
        var square = Image(width: side, height: side, filledWith: .black)
        square.paste(inner, x: (side - wide) / 2, y: (side - high) / 2)
        return square
    }

    /// Half of `excess`, a half rounded to even as in torchvision.
    static func margin(_ excess: Int) -> Int { Int((Double(excess) / 2).rounded(.toNearestOrEven)) }

    /// Copies the part of another picture that falls into this one, its corner at (x, y), which may lie outside.
    mutating func paste(_ other: Image, x: Int, y: Int) {
        let columns = max(x, 0)..<max(min(x + other.width, width), max(x, 0))
        let rows = max(y, 0)..<max(min(y + other.height, height), max(y, 0))
        guard !columns.isEmpty else { return }
        let width = width
        withMutablePixels { output in
            other.withPixels { input in
                for row in rows {
                    let from = input + 3 * ((row - y) * other.width + columns.lowerBound - x)
                    (output + 3 * (row * width + columns.lowerBound)).update(from: from, count: 3 * columns.count)
                }
            }
        }
    }
}
