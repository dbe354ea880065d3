import Archives
import Files
import Networks

/// Keras 3's `.weights.h5`: each layer is a path whose group `vars` holds its tensors, numbered.
///
/// Layers are named by their class and their number within their container; files from Keras 3.6 on tell the layer's own
/// name in the attribute `name` of `vars`. Files of TensorFlow 2.13's time say `_layer_checkpoint_dependencies` for
/// `layers`.
enum Keras3Contents {
    /// The path of the layer that owns `…/vars/<i>`, or nil for any other name.
    static func layerPath(of entry: TensorEntry) -> String? {
        guard !entry.hasAbsurdName else { return nil }
        let components = entry.name.parts(separatedBy: "/")
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
        let ordered = variables.keys.map { (path: $0, order: $0.parts(separatedBy: "/").map(Numbered.init)) }.sorted {
            precedes($0.order, $1.order)
        }
        for path in ordered.map(\.path) {
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
    private static func precedes(_ first: [Numbered], _ second: [Numbered]) -> Bool {
        for (left, right) in zip(first, second) where left != right {
            return left.name == right.name ? left.number < right.number : left.name < right.name
        }
        return first.count < second.count
    }

    /// A component by class and number: `conv2d_3`.
    private struct Numbered: Equatable {
        let name: Substring
        let number: Int

        init(_ component: Substring) {
            if let bar = component.lastIndex(of: "_"), let number = Int(component[component.index(after: bar)...]) {
                (name, self.number) = (component[..<bar], number)
            } else {
                (name, number) = (component, 0)
            }
        }
    }
}
