/// Height and width of a window, a step or a scale: whole numbers, rows first.
package struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral {
    package var height: Int
    package var width: Int

    package init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }

    /// The same on both axes.
    package init(integerLiteral side: Int) { self.init(side, side) }

    package init(side: Int) { self.init(side, side) }

    /// Height · width.
    package var area: Int { height * width }
    package var isSquare: Bool { height == width }
    var words: String { "\(height)×\(width)" }
}

/// Rows and columns around a feature map.
package struct Insets: Hashable, Sendable, ExpressibleByIntegerLiteral {
    package var top, left, bottom, right: Int

    package init(top: Int, left: Int, bottom: Int, right: Int) {
        (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
    }

    /// The same on all sides.
    package init(integerLiteral side: Int) { self.init(side: side) }

    package init(side: Int) { self.init(top: side, left: side, bottom: side, right: side) }

    package var isEven: Bool { top == left && left == bottom && bottom == right }
}

/// What stands around a feature map before a window moves over it.
package enum Padding: Hashable, Sendable, ExpressibleByIntegerLiteral {
    case insets(Insets)
    /// As much as lets `stride` divide the input into `ceil(size / stride)` windows, the odd row or column behind:
    /// TensorFlow's `same`.
    case same

    package init(integerLiteral side: Int) { self = .insets(Insets(side: side)) }

    package init(side: Int) { self = .insets(Insets(side: side)) }
}

/// A window that moves over a feature map: of convolutions and pools.
package struct Window: Hashable, Sendable {
    package var kernel: Extent
    package var stride: Extent
    /// The distance between neighbouring elements of the kernel; 1 for a kernel without gaps.
    package var dilation: Extent
    package var padding: Padding
    /// Whether a last window that reaches beyond the padded input counts, as long as it begins inside the input or the
    /// padding before it.
    package var roundsUp: Bool

    package init(
        _ kernel: Extent, stride: Extent = 1, dilation: Extent = 1, padding: Padding = 0, roundsUp: Bool = false
    ) {
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
        self.padding = padding
        self.roundsUp = roundsUp
    }

    /// From the first row and column of the kernel to its last, both included.
    package var reach: Extent {
        Extent((kernel.height - 1) * dilation.height + 1, (kernel.width - 1) * dilation.width + 1)
    }

    /// Whether all its numbers make sense.
    var isPossible: Bool {
        let positive = [kernel, stride, dilation].allSatisfy { $0.height > 0 && $0.width > 0 }
        guard case .insets(let insets) = padding else { return positive }
        return positive && [insets.top, insets.left, insets.bottom, insets.right].allSatisfy { $0 >= 0 }
    }

    /// How much is put around a feature map.
    package func insets(around input: FeatureShape) -> Insets {
        switch padding {
        case .insets(let insets): return insets
        case .same:
            func missing(_ size: Int, _ stride: Int, _ reach: Int) -> Int {
                max(((size + stride - 1) / stride - 1) * stride + reach - size, 0)
            }
            let rows = missing(input.height, stride.height, reach.height)
            let columns = missing(input.width, stride.width, reach.width)
            return Insets(top: rows / 2, left: columns / 2, bottom: rows - rows / 2, right: columns - columns / 2)
        }
    }

    /// How many positions it takes; 0 where the input is too small.
    package func positions(on input: FeatureShape) -> Extent {
        let insets = insets(around: input)
        func count(_ size: Int, before: Int, after: Int, _ reach: Int, _ stride: Int) -> Int {
            let room = size + before + after - reach
            guard room >= 0 else { return 0 }
            guard roundsUp, room % stride > 0 else { return room / stride + 1 }
            let beginsInside = (room / stride + 1) * stride < size + before
            return room / stride + (beginsInside ? 2 : 1)
        }
        return Extent(
            count(input.height, before: insets.top, after: insets.bottom, reach.height, stride.height),
            count(input.width, before: insets.left, after: insets.right, reach.width, stride.width))
    }

    func words(_ name: String) -> String {
        var words = "\(name) \(kernel.words)"
        if stride != 1 { words += " /" + (stride.isSquare ? "\(stride.height)" : stride.words) }
        if dilation != 1 { words += " dilated " + (dilation.isSquare ? "\(dilation.height)" : dilation.words) }
        return words
    }
}
