import Images

/// Images of one size whose pixels stand in a table, an image a row.
package final class PixelTable: Sendable {
    /// How the channels of a row stand.
    package enum Layout: String, CaseIterable, Sendable, Hashable {
        /// Red, green and blue of a pixel one after the other.
        case interleaved
        /// All red, then all green, then all blue.
        case planar
    }

    /// Where the rows stand.
    enum Rows: Sendable {
        /// Beginning on these lines of a text, counted from 1.
        case lines([Int32])
        /// In an array of this name.
        case array(String)
    }

    /// Height × width × channels of each image.
    package struct Shape: Sendable, Hashable, CustomStringConvertible {
        package let height, width: Int
        /// 1 for grey, 3 for red, green and blue.
        package let channels: Int
        package let layout: Layout

        package init(height: Int, width: Int, channels: Int = 1, layout: Layout = .interleaved) {
            self.height = height
            self.width = width
            self.channels = channels
            self.layout = layout
        }

        package var description: String { "\(height)×\(width)×\(channels) \(layout.rawValue)" }

        /// A grey square of so many pixels; nil where there is none.
        init?(square count: Int) {
            let side = Int(Double(count).squareRoot().rounded())
            guard count > 0, side * side == count else { return nil }
            self.init(height: side, width: side)
        }

        var byteCount: Int { height * width * channels }
    }

    package let path: String
    package let shape: Shape
    private let rows: Rows
    private let pixels: [UInt8]

    /// - Parameters:
    ///   - path: of the file that the table was read from.
    ///   - pixels: rows × `shape`, 0...255.
    init(_ path: String, shape: Shape, rows: Rows, pixels: [UInt8]) {
        precondition(shape.byteCount > 0 && pixels.count % shape.byteCount == 0, "rows of one length")
        self.path = path
        self.shape = shape
        self.rows = rows
        self.pixels = pixels
    }

    package var count: Int { pixels.count / shape.byteCount }

    var bytesPerImage: Int { shape.byteCount }

    /// `train.csv:17`, or `digits.npz: images[16]`.
    func place(of row: Int) -> String {
        switch rows {
        case .lines(let lines): "\(path):\(lines[row])"
        case .array(let name): "\(path): \(name)[\(row)]"
        }
    }

    func pixels(at row: Int) -> ArraySlice<UInt8> { pixels[row * shape.byteCount..<(row + 1) * shape.byteCount] }

    /// Grey becomes red, green and blue of the same value.
    package func image(at row: Int) -> Image {
        let (start, count) = (row * shape.byteCount, shape.height * shape.width)
        let rgb = [UInt8](unsafeUninitializedCapacity: 3 * count) { buffer, initialized in
            for pixel in 0..<count {
                for channel in 0..<3 {
                    buffer[3 * pixel + channel] = pixels[start + offset(pixel, channel, of: count)]
                }
            }
            initialized = 3 * count
        }
        return Image(width: shape.width, height: shape.height, pixels: rgb)
    }

    private func offset(_ pixel: Int, _ channel: Int, of count: Int) -> Int {
        if shape.channels == 1 { return pixel }
        return shape.layout == .interleaved ? 3 * pixel + channel : channel * count + pixel
    }
}
