import Archives
import Files
import Networks

/// A PyTorch state dict: dotted keys as names of tensors, or as nested groups and dictionaries.
struct TorchContents {
    private let archive: any TensorArchive
    /// The dictionaries and wrappers around the networks in the file, and how many tensors each holds.
    private let wrappers: [String: Int]
    private let network: String

    static func read(_ archive: any TensorArchive) -> WeightFileContents { TorchContents(archive).contents }

    private init(_ archive: any TensorArchive) {
        self.archive = archive
        let found = archive.entries.filter { Self.role(of: $0) != nil }.map {
            Self.wrapper(of: $0.name.nameComponents)
        }
        wrappers = found.reduce(into: [:]) { $0[$1.joined(separator: "."), default: 0] += 1 }
        // A moving average is the network where there is no other.
        let copies = wrappers.filter { Self.isCopy($0.key) }
        network =
            copies.count == wrappers.count
            ? copies.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "" : ""
    }

    private var contents: WeightFileContents {
        var contents = WeightFileContents()
        var order: [String] = []
        var layers: [String: SourceLayer] = [:]
        for entry in archive.entries {
            guard !entry.hasAbsurdName else {
                contents.strays.append(entry)
                continue
            }
            let components = entry.name.nameComponents
            let wrapper = Self.wrapper(of: components)
            if Baggage.isCounter(entry) || isOtherCopy(wrapper.joined(separator: ".")) {
                contents.ignored.append(entry)
            } else if let role = Self.role(of: entry) {
                let path = components.dropLast().joined(separator: ".")
                if layers[path] == nil {
                    order.append(path)
                    layers[path] = SourceLayer(
                        name: TorchNames.withoutWrappers(components.dropFirst(wrapper.count).dropLast()), path: path,
                        container: "", tensors: [])
                }
                layers[path]?.tensors.append(SourceTensor(entry: entry, role: role))
            } else {
                contents.strays.append(entry)
            }
        }
        contents.layers = order.compactMap { layers[$0] }
        contents.remarks = remarks
        return contents
    }

    /// Whether a wrapper holds the network once more.
    private func isOtherCopy(_ wrapper: String) -> Bool { Self.isCopy(wrapper) && wrapper != network }

    private static func isCopy(_ wrapper: String) -> Bool {
        wrapper.parts(separatedBy: ".").contains(where: Baggage.isCopy)
    }

    /// What the names of the network's tensors stand behind.
    private var remarks: [String] {
        let names = wrappers.keys.filter { !$0.isEmpty && !isOtherCopy($0) }.sorted()
        guard !names.isEmpty else { return [] }
        return ["its tensors are named behind \(names.map { "`\($0).`" }.listed(most: 4)), which is left out"]
    }

    static func role(of entry: TensorEntry) -> ParameterDescription.Role? {
        guard !entry.hasAbsurdName else { return nil }
        return switch entry.name.nameComponents.last {
        case "weight": .weight
        case "bias": .bias
        case "running_mean": .mean
        case "running_var": .variance
        default: nil
        }
    }

    /// The components of a name that stand before those of the network: dictionaries, wrappers, moving averages.
    private static func wrapper(of components: [Substring]) -> ArraySlice<Substring> {
        components.dropLast(2).prefix { TorchNames.isWrapper($0) || Baggage.isCopy($0) }
    }
}
