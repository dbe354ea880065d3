/// How the pixels of an image become the numbers that a network was trained on.
///
/// Output channel `c` of a pixel is `(pixel[order[c]] − mean[c]) / standardDeviation[c]`, where pixels are 0...255.
public struct Preprocessing: Hashable, Sendable {
    public enum ChannelOrder: String, Sendable { case rgb, bgr }

    public var channelOrder: ChannelOrder
    /// One mean for each output channel, on the scale 0...255.
    public var mean: [Float]
    /// One divisor for each output channel, on the scale 0...255.
    public var standardDeviation: [Float]

    public init(channelOrder: ChannelOrder, mean: [Float], standardDeviation: [Float]) {
        precondition(mean.count == standardDeviation.count, "a mean and a divisor for each channel")
        precondition(channelOrder == .rgb || mean.count == 3, "only three channels have an order")
        self.channelOrder = channelOrder
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// torchvision's: RGB, ImageNet's mean and standard deviation.
    public static let torch = Preprocessing(
        channelOrder: .rgb, mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
        standardDeviation: [0.229 * 255, 0.224 * 255, 0.225 * 255])
    /// Caffe's, kept by Keras for ResNet and VGG: BGR minus ImageNet's mean, on the scale 0...255.
    public static let caffe = Preprocessing(
        channelOrder: .bgr, mean: [103.939, 116.779, 123.68], standardDeviation: [1, 1, 1])
    /// TensorFlow's: RGB in −1...1.
    public static let tf = Preprocessing(
        channelOrder: .rgb, mean: [127.5, 127.5, 127.5], standardDeviation: [127.5, 127.5, 127.5])
    /// RGB in 0...1.
    public static let raw = Preprocessing(channelOrder: .rgb, mean: [0, 0, 0], standardDeviation: [255, 255, 255])

    /// The four above by the names that recipes and the command line use.
    public static let named: [(name: String, preprocessing: Preprocessing)] = [
        ("torch", torch), ("caffe", caffe), ("tf", tf), ("raw", raw),
    ]

    /// `torch`, `caffe`, `tf` or `raw`, or nil for any other.
    public var name: String? { Self.named.first { $0.preprocessing == self }?.name }

    /// The name, or the numbers where it has none.
    package var words: String {
        name ?? "\(channelOrder.rawValue), mean \(listed(mean)), standard deviation \(listed(standardDeviation))"
    }

    private func listed(_ values: [Float]) -> String { values.map(\.description).joined(separator: " ") }
}
