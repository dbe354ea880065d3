import Networks

/// What became of a weight file's tensors.
package struct LoadReport: Sendable {
    package let layout: WeightLayout
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
    /// Whether the head is newly initialised.
    package let newHead: Bool

    /// The report in lines for a person.
    package var summary: [String] {
        var lines = [
            "\(architecture.rawValue)\(form) from \(layout.words): \(loaded) tensors, preprocessing "
                + (preprocessing.name ?? "its own")
        ]
        if newHead { lines.append("the head is new: \(options.classCount) classes") }
        if !missing.isEmpty { lines.append("missing and started untrained: \(missing.listed(most: 8))") }
        if !unused.isEmpty { lines.append("not used: \(unused.listed(most: 8))") }
        return lines
    }

    private var form: String {
        switch architecture.family {
        case .resNet: " (\(options.form.rawValue) form)"
        case .vgg: options.fullyConnected ? " (with its fully connected layers)" : " (without fully connected layers)"
        case .cifarResNet: ""
        }
    }
}

extension [String] {
    /// The first few, separated by commas, and how many more there are.
    func listed(most: Int) -> String {
        prefix(most).joined(separator: ", ") + (count > most ? " and \(count - most) more" : "")
    }
}
