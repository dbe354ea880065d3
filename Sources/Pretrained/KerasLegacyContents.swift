import Archives
import Networks

/// Keras' HDF5 of all generations until Keras 3: the attribute `layer_names` lists groups, each group's `weight_names`
/// its tensors.
enum KerasLegacyContents {
    /// - Parameter root: where the layers lie: empty, or `model_weights/` in a whole model.
    static func read(_ archive: any TensorArchive, root: String) throws -> WeightFileContents {
        var contents = WeightFileContents()
        var listed: Set<String> = []
        var layerNames: Set<String> = []
        let group = String(root.dropLast())
        for layerName in try archive.strings("layer_names", of: group) ?? [] {
            guard layerNames.insert(layerName).inserted else {
                throw WeightError(path: archive.path, reason: "the layer `\(layerName)` is listed twice")
            }
            let layerPath = root + layerName
            guard archive.hasGroup(layerPath) else {
                throw WeightError(
                    path: archive.path,
                    reason: "the layer `\(layerName)` is listed but has no group: the file is damaged")
            }
            var owned: [OwnedTensor] = []
            for weightName in try archive.strings("weight_names", of: layerPath) ?? [] {
                guard let entry = archive.entry("\(layerPath)/\(weightName)") else {
                    throw WeightError(
                        path: archive.path,
                        reason: "the tensor `\(layerPath)/\(weightName)` is listed but not there: the file is damaged")
                }
                guard listed.insert(entry.name).inserted else {
                    throw WeightError(path: archive.path, reason: "the tensor `\(entry.name)` is listed twice")
                }
                if let (owner, role) = ownerAndRole(weightName) {
                    owned.append(OwnedTensor(owner: owner ?? layerName, tensor: SourceTensor(entry: entry, role: role)))
                } else {
                    contents.strays.append(entry)
                }
            }
            contents.layers += layers(from: owned, group: layerName, path: layerPath)
        }
        for entry in archive.entries where !listed.contains(entry.name) {
            // Beside the weights a whole model holds the optimiser's state.
            if entry.name.hasPrefix(root) { contents.strays.append(entry) } else { contents.ignored.append(entry) }
        }
        return contents
    }

    private struct OwnedTensor {
        let owner: String
        let tensor: SourceTensor
    }

    /// One layer named as its group, or, where a nested model lies in the group, one layer for each owner.
    private static func layers(from owned: [OwnedTensor], group: String, path: String) -> [SourceLayer] {
        var order: [String] = []
        var tensors: [String: [SourceTensor]] = [:]
        for item in owned {
            if tensors[item.owner] == nil { order.append(item.owner) }
            tensors[item.owner, default: []].append(item.tensor)
        }
        // A name that TensorFlow made unique (`conv1_1/kernel:0`) is less telling than the group's.
        if order.count == 1 {
            return [SourceLayer(name: group, path: path, container: "", tensors: owned.map(\.tensor))]
        }
        return order.map {
            SourceLayer(name: $0, path: "\(path)/\($0)", container: group, tensors: tensors[$0] ?? [])
        }
    }

    private static let roles: [(name: String, role: ParameterDescription.Role)] = [
        ("kernel", .weight), ("W", .weight), ("bias", .bias), ("b", .bias), ("gamma", .scale), ("beta", .shift),
        ("moving_mean", .mean), ("running_mean", .mean), ("moving_variance", .variance),
        // Keras 1 called the variance so.
        ("running_std", .variance),
    ]

    /// Splits `conv1_conv/kernel:0`, `res2a_branch2a_W:0`, `block1_conv1_W_1:0` or `dense/sequential/dense/kernel` into
    /// the owner, where the name tells it, and the role.
    static func ownerAndRole(_ weightName: String) -> (owner: String?, role: ParameterDescription.Role)? {
        var components = weightName.split(separator: "/")
        guard var last = components.popLast() else { return nil }
        if let colon = last.lastIndex(of: ":"), last[last.index(after: colon)...].allSatisfy(\.isNumber) {
            last = last[..<colon]
        }
        let owner = components.last.map(String.init)
        for candidate in [last, last.droppingNumberSuffix] {
            for (name, role) in roles {
                if candidate == name { return (owner, role) }
                if candidate.hasSuffix("_\(name)") {
                    return (owner ?? String(candidate.dropLast(name.count + 1)), role)
                }
            }
        }
        return nil
    }
}

extension Substring {
    /// Without a trailing `_` and digits: `W_1` is `W`.
    fileprivate var droppingNumberSuffix: Substring {
        guard let bar = lastIndex(of: "_"), bar != startIndex else { return self }
        let digits = self[index(after: bar)...]
        return !digits.isEmpty && digits.allSatisfy(\.isNumber) ? self[..<bar] : self
    }
}
