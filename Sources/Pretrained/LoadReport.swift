import Archives
import Files
import Networks

/// What became of a weight file's tensors.
package struct LoadReport: Sendable {
    /// The file.
    package let path: String
    package let layout: WeightLayout
    /// What a person calls the file.
    let fileWords: String
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
    /// How the file stores the tensors that were copied, by our parameters' names.
    let elementTypes: [String: TensorEntry.ElementType]
    /// Where the numbers of the head come from.
    package let head: HeadOrigin
    /// Another form that the network may have as far as the tensors tell, where nobody else told.
    package let rivalForm: Architecture.Form?
    /// Whether the preprocessing is what is usual for the layout, and nobody said so.
    package let isPreprocessingAssumed: Bool
    /// What else a person should know of the file, one sentence a line.
    package var remarks: [String] = []

    /// Whether the head is newly initialised.
    package var newHead: Bool { head.isNew }

    /// The report in lines for a person.
    package var summary: [String] {
        var lines = [
            "\(architecture.words(options)) from \(fileWords): \(loaded) tensors, preprocessing "
                + preprocessing.words
        ]
        lines += remarks + assumptions
        if newHead {
            lines.append(
                "the head is new: \(Words.counted(options.classCount, "class", "classes"))"
                    + (head.reason.isEmpty ? "" : "; \(head.reason)"))
        }
        if !missing.isEmpty { lines.append("missing and started untrained: \(missing.listed(most: 8))") }
        if !unused.isEmpty { lines.append("not used: \(unused.listed(most: 8))") }
        if !baggage.isEmpty { lines.append("left aside: \(baggageWords)") }
        return lines
    }

    /// What the tensors do not tell.
    private var assumptions: [String] {
        var lines: [String] = []
        if let form = options.form, let rivalForm {
            let name = rivalForm.rawValue
            lines.append(
                """
                the form \(form.rawValue) (\(form.owners)) is assumed: tensors do not tell it from \(name); for weights of that \
                form (\(rivalForm.owners)) say form: \(name), or --form \(name)
                """)
        }
        if layout.framework == .keras, isPreprocessingAssumed {
            lines.append(
                """
                preprocessing \(preprocessing.words) is assumed, as Keras' applications have it, since nothing in the file \
                prepares its images; preprocessing: …, or --preprocessing …, says otherwise
                """)
        }
        if options.form == .caffe, isPreprocessingAssumed, preprocessing != .caffe {
            lines.append(
                """
                preprocessing \(preprocessing.name ?? "its own") is assumed; most weights of the caffe form need \
                preprocessing: caffe, or --preprocessing caffe
                """)
        }
        return lines
    }

    private var baggageWords: String { baggageKinds.joined(separator: ", ") }

    /// What is no weight, kind by kind: `counters (20)`.
    var baggageKinds: [String] {
        Baggage.allCases.compactMap { kind in baggage[kind].map { "\(kind.rawValue) (\($0))" } }
    }
}
