import Archives
import Networks

/// Our own `model.h5`: parameters under the network's names.
enum OwnContents {
    static func read(_ archive: any TensorArchive) -> WeightFileContents {
        var contents = WeightFileContents()
        var order: [String] = []
        var tensors: [String: [SourceTensor]] = [:]
        let root = "\(ModelFile.parameterGroup)/"
        for entry in archive.entries {
            guard entry.name.hasPrefix(root), let dot = entry.name.lastIndex(of: "."),
                let role = ParameterDescription.Role(rawValue: String(entry.name[entry.name.index(after: dot)...]))
            else {
                contents.strays.append(entry)
                continue
            }
            let layer = String(entry.name[..<dot].dropFirst(root.count))
            if tensors[layer] == nil { order.append(layer) }
            tensors[layer, default: []].append(SourceTensor(entry: entry, role: role))
        }
        contents.layers = order.map {
            SourceLayer(name: $0, path: root + $0, container: "", tensors: tensors[$0] ?? [])
        }
        return contents
    }
}
