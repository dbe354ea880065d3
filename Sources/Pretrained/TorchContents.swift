import Archives
import Networks

/// A PyTorch state dict: dotted keys as names of datasets, or as nested groups.
enum TorchContents {
    static func read(_ archive: any TensorArchive) -> WeightFileContents {
        var contents = WeightFileContents()
        var order: [String] = []
        var tensors: [String: [SourceTensor]] = [:]
        for entry in archive.entries {
            let components = components(of: entry)
            if Baggage.isCounter(entry) {
                contents.ignored.append(entry)
            } else if let role = role(of: entry) {
                let layer = components.dropLast().joined(separator: ".")
                if tensors[layer] == nil { order.append(layer) }
                tensors[layer, default: []].append(SourceTensor(entry: entry, role: role))
            } else {
                contents.strays.append(entry)
            }
        }
        contents.layers = order.map {
            SourceLayer(name: TorchNames.strippingPrefixes($0), path: $0, container: "", tensors: tensors[$0] ?? [])
        }
        return contents
    }

    static func role(of entry: TensorEntry) -> ParameterDescription.Role? {
        switch components(of: entry).last {
        case "weight": .weight
        case "bias": .bias
        case "running_mean": .mean
        case "running_var": .variance
        default: nil
        }
    }

    private static func components(of entry: TensorEntry) -> [Substring] {
        entry.name.split { $0 == "." || $0 == "/" }
    }
}
