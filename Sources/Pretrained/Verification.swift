import Archives
import Files
import Networks

/// Says everything that keeps a file from feeding a network, all at once and by name.
struct Verification {
    let file: WeightFile
    let fit: Fit
    let allowingMissing: Set<String>
    let hasNewHead: Bool

    /// At most so many names of a kind are listed.
    private static let most = 20

    func check() throws {
        try refuseTheano()
        let missing = fit.missing.filter {
            !allowingMissing.contains($0.stage) && !(hasNewHead && $0.stage == "head")
        }
        try refuseWithoutStatistics(missing)
        var lines: [String] = []
        lines += list("missing", missing) {
            "\($0.name), stored as \(shape(file.layout.axes.storedShape(of: $0)))"
        }
        lines += list("misshapen", fit.misshapen) {
            """
            `\($0.tensor.name)` is \(shape($0.tensor.shape)), but \($0.parameter.name) needs \
            \(shape(file.layout.axes.storedShape(of: $0.parameter)))
            """
        }
        lines += list("no floating-point numbers", fit.discrete) {
            "`\($0.tensor.name)` is \($0.tensor.elementType), but \($0.parameter.name) needs weights"
        }
        lines += onnxRemedy
        lines += list("repeated", fit.repeated) {
            "`\($0.first.name)` and `\($0.second.name)` both claim \($0.parameter.name)"
        }
        lines += list("not in this network", fit.surplus + fit.headSurplus, \.described)
        // What is missing may stand there under another name.
        if !missing.isEmpty { lines += list("not recognised", fit.unused + fit.otherClassifier, \.described) }
        guard lines.isEmpty else {
            throw WeightError(path: file.path, reason: "does not fit \(network):\n" + lines.joined(separator: "\n"))
        }
    }

    private var network: String {
        fit.architecture.rawValue + (fit.options.form.map { " in its \($0.rawValue) form" } ?? "")
    }

    private func list<Item>(_ title: String, _ items: [Item], _ line: (Item) -> String) -> [String] {
        guard !items.isEmpty else { return [] }
        let more = items.count > Self.most ? ["    and \(items.count - Self.most) more"] : []
        return ["  \(title) (\(items.count)):"] + items.prefix(Self.most).map { "    " + line($0).legible } + more
    }

    /// ONNX may spell numbers out, which are then listed but not read.
    private var onnxRemedy: [String] {
        let isSpelled = fit.discrete.contains { if case .other = $0.tensor.elementType { true } else { false } }
        guard file.archive.container == .onnx, isSpelled else { return [] }
        return [
            """
              write them as raw data and save the model again, in Python for each `t` of `model.graph.initializer`: \
            t.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(t), t.name))
            """
        ]
    }

    /// Without a mean and a variance of any batch norm a file is that of a network that has none, or only what an optimiser
    /// changes was saved.
    private func refuseWithoutStatistics(_ missing: [ParameterDescription]) throws {
        func isStatistic(_ role: ParameterDescription.Role) -> Bool { role == .mean || role == .variance }
        let hasAny = file.layers.contains { $0.tensors.contains { isStatistic($0.role) } }
        guard file.layout == .torch, !hasAny, missing.contains(where: { isStatistic($0.role) }) else { return }
        throw WeightError(
            path: file.path,
            reason: """
                has no mean and variance (running_mean, running_var) of any batch norm, which \(network) needs: if it was \
                saved from named_parameters(), save model.state_dict() instead; if its network has group norms, as timm's \
                resnet50_gn, that is not known here
                """)
    }

    /// Theano's kernels lie O×I×H×W and are turned by 180°; which of them were turned back cannot be seen.
    private func refuseTheano() throws {
        guard file.layout.axes == .keras else { return }
        let kernel = fit.misshapen.first {
            $0.parameter.shape.count == 4 && $0.tensor.shape == AxisOrder.torch.storedShape(of: $0.parameter)
        }
        guard let kernel else { return }
        throw WeightError(
            path: file.path,
            reason: """
                holds Theano's kernels (`\(kernel.tensor.name)` is \(shape(kernel.tensor.shape)), outputs first); use the \
                file for TensorFlow, `…_tf_dim_ordering_tf_kernels….h5`
                """)
    }

    private func shape(_ shape: [Int]) -> String { shape.timesList }
}

extension TensorEntry {
    /// Its name and shape: `fc.weight` (10×512), with the backquotes.
    var described: String { "`\(name.legible)` (\(shape.timesList))" }
}

extension [Int] {
    /// `10×512`, or what stands for no axes.
    var timesList: String { isEmpty ? "a scalar" : map(String.init).joined(separator: "×") }
}
