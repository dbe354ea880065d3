import Archives
import Networks

/// A PyTorch state dict: dotted keys as names of datasets, or as nested groups.
enum TorchContents {
    /// What wrappers and training scripts put before the keys.
    private static let prefixes: Set<Substring> = [
        "module", "model", "state_dict", "model_state_dict", "net", "network", "backbone", "encoder", "base_model",
        "_orig_mod",
    ]

    static func read(_ archive: HDF5Archive) -> WeightFileContents {
        var contents = WeightFileContents()
        var order: [String] = []
        var tensors: [String: [SourceTensor]] = [:]
        for entry in archive.entries {
            let components = components(of: entry)
            if components.last == "num_batches_tracked" {
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
            SourceLayer(name: strippingPrefixes($0), path: $0, container: "", tensors: tensors[$0] ?? [])
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

    private static func strippingPrefixes(_ layer: String) -> String {
        var components = layer.split(separator: ".")[...]
        while components.count > 1, let first = components.first, prefixes.contains(first) {
            components = components.dropFirst()
        }
        return components.joined(separator: ".")
    }
}
