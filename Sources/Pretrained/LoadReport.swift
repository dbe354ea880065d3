import Files
import Networks

/// What became of a weight file's tensors.
package struct LoadReport: Sendable {
    /// The file.
    package let path: String
    package let layout: WeightLayout
    /// The network that was built, its options, and how its images are prepared.
    package let architecture: Architecture
    package let options: Architecture.Options
    package let preprocessing: Preprocessing
    /// The version of Keras that wrote the file, where it says so.
    package let kerasVersion: String?
    /// How many tensors were loaded.
    package let loaded: Int
    /// Parameters that the file lacks, in stages where that was allowed.
    package let missing: [String]
    /// Tensors of the file that mean nothing to the network.
    package let unused: [String]
    /// How many tensors of the file are known to be no weights, by what they are.
    package let baggage: [Baggage: Int]
    /// Where the numbers of the head come from.
    package let head: HeadOrigin
    /// Whether the tensors do not tell the network's form, and nobody else did.
    package let isFormAssumed: Bool
    /// Whether the preprocessing is what is usual for the layout, and nobody said so.
    package let isPreprocessingAssumed: Bool
    /// What else a person should know of the file, one sentence a line.
    package var remarks: [String] = []

    /// Whether the head is newly initialised.
    package var newHead: Bool { head.isNew }

    /// The report in lines for a person.
    package var summary: [String] {
        var lines = [
            "\(architecture.rawValue)\(form) from \(layout.words): \(loaded) tensors, preprocessing "
                + preprocessing.words
        ]
        lines += remarks + assumptions
        if newHead {
            lines.append(
                "the head is new: \(options.classCount) classes" + (head.reason.isEmpty ? "" : "; \(head.reason)"))
        }
        if !missing.isEmpty { lines.append("missing and started untrained: \(missing.listed(most: 8))") }
        if !unused.isEmpty { lines.append("not used: \(unused.listed(most: 8))") }
        if !baggage.isEmpty { lines.append("left aside: \(baggageWords)") }
        return lines
    }

    private var form: String {
        switch architecture.family {
        case .resNet: " (\(options.form.rawValue) form)"
        case .vgg: options.fullyConnected ? " (with its fully connected layers)" : " (without fully connected layers)"
        case .cifarResNet: ""
        }
    }

    /// What the tensors do not tell.
    private var assumptions: [String] {
        var lines: [String] = []
        if isFormAssumed {
            lines.append(
                """
                the form \(options.form.rawValue) (torchvision's) is assumed: tensors do not tell it from caffe's; for weights \
                of MSRA, Caffe or Detectron say form: caffe, or --form caffe
                """)
        }
        if [.kerasLegacy, .kerasWholeModel, .keras3].contains(layout), isPreprocessingAssumed {
            lines.append(
                """
                preprocessing \(preprocessing.words) is assumed, as Keras' applications have it, since nothing in the file \
                prepares its images; preprocessing: …, or --preprocessing …, says otherwise
                """)
        }
        if options.form == .caffe, architecture.family == .resNet, isPreprocessingAssumed {
            lines.append(
                """
                preprocessing \(preprocessing.name ?? "its own") is assumed; most weights of the caffe form need \
                preprocessing: caffe, or --preprocessing caffe
                """)
        }
        return lines
    }

    private var baggageWords: String {
        Baggage.allCases.compactMap { kind in baggage[kind].map { "\(kind.rawValue) (\($0))" } }.joined(separator: ", ")
    }
}
