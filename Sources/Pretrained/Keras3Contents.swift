import Archives
import Networks

/// Keras 3's `.weights.h5`: each layer is a path whose group `vars` holds its tensors, numbered.
///
/// Layers are named by their class and their number within their container; files from Keras 3.6 on tell the layer's own
/// name in the attribute `name` of `vars`. Files of TensorFlow 2.13's time say `_layer_checkpoint_dependencies` for
/// `layers`.
enum Keras3Contents {
    /// The path of the layer that owns `…/vars/<i>`, or nil for any other name.
    static func layerPath(of entry: TensorEntry) -> String? {
        let components = entry.name.split(separator: "/")
        guard components.count >= 2, components[components.count - 2] == "vars",
            Int(components[components.count - 1]) != nil
        else { return nil }
        return components.dropLast(2).joined(separator: "/")
    }

    static func read(_ archive: any TensorArchive) throws -> WeightFileContents {
        var contents = WeightFileContents()
        var variables: [String: [(index: Int, entry: TensorEntry)]] = [:]
        for entry in archive.entries {
            guard let path = layerPath(of: entry), let last = entry.name.split(separator: "/").last,
                let index = Int(last)
            else {
                contents.strays.append(entry)
                continue
            }
            if isState(path) {
                contents.ignored.append(entry)
            } else {
                variables[path, default: []].append((index, entry))
            }
        }
        // HDF5 lists `conv2d_10` before `conv2d_2`; the model's order is that of the numbers.
        for path in variables.keys.sorted(by: precedes) {
            let entries = (variables[path] ?? []).sorted { $0.index < $1.index }.map(\.entry)
            guard let roles = roles(of: entries) else {
                contents.strays += entries
                continue
            }
            let components = path.split(separator: "/")
            let name = try archive.attribute("name", of: path.isEmpty ? "vars" : "\(path)/vars")?.string
            contents.layers.append(
                SourceLayer(
                    name: name ?? components.last.map(String.init) ?? "", path: path,
                    container: components.dropLast().joined(separator: "/"),
                    tensors: zip(entries, roles).map(SourceTensor.init)))
        }
        return contents
    }

    /// Optimisers and random seeds are state of the training, not of the network.
    private static func isState(_ path: String) -> Bool {
        let components = path.split(separator: "/")
        return components.first == "optimizer" || components.last?.hasPrefix("seed_generator") == true
    }

    /// The order in which Keras creates variables: kernel and bias, or gamma, beta, moving mean, moving variance.
    private static func roles(of entries: [TensorEntry]) -> [ParameterDescription.Role]? {
        switch (entries.first?.shape.count, entries.count) {
        case (2, 1), (4, 1): return [.weight]
        case (2, 2), (4, 2): return [.weight, .bias]
        case (1, 4): return [.scale, .shift, .mean, .variance]
        default: return nil
        }
    }

    /// Compares paths by component, and components by class and number.
    private static func precedes(_ first: String, _ second: String) -> Bool {
        for (a, b) in zip(first.split(separator: "/"), second.split(separator: "/")) where a != b {
            let (left, right) = (numbered(a), numbered(b))
            return left.name == right.name ? left.number < right.number : left.name < right.name
        }
        return first.count < second.count
    }

    private static func numbered(_ component: Substring) -> (name: Substring, number: Int) {
        guard let bar = component.lastIndex(of: "_"), let number = Int(component[component.index(after: bar)...])
        else { return (component, 0) }
        return (component[..<bar], number)
    }
}
