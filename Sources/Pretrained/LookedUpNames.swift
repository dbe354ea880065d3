import Archives
import Files
import Networks

/// The names of a file as one way of naming looks them up. Each is taken apart once, not anew for every network that the file
/// is compared with.
struct LookedUpNames {
    /// A name, and what it says whatever the network.
    struct Name {
        /// As a person maps it, and without what wrappers put before it.
        let text: String
        /// The part of a network that it speaks of.
        let part: Substring
        /// Where networks of the catalogue have it; nil for one that none has.
        let region: FileRegions.Region?

        init(_ text: String, _ naming: LayerNaming) {
            (self.text, part) = (text, naming.part(of: text))
            region = naming.framework.flatMap { framework in
                // What another network has in its trunk, this one would have to have.
                if Architecture.trunkNames(in: framework).contains(text) { return .trunk }
                return Architecture.classifierNames(in: framework).contains(text) ? .classifier : nil
            }
        }
    }

    let naming: LayerNaming
    /// Of each layer of the file.
    let layers: [Name]
    /// What a person's map makes of each layer; nil where it says nothing.
    let mapped: [(name: String, isWhole: Bool)?]
    /// Of the layer of each stray tensor; nil for a name that no network has.
    let strays: [Name?]
    /// The layers in whose places each stray lies, the innermost first.
    let layersAround: [[Int]]
    /// The layers that may be a PyTorch classifier's.
    let headLayers: [Int]
    /// The convolutions that lie under `block1`…`block5`, and their blocks.
    let blocks: [(layer: Int, block: Int)]

    init(_ file: WeightFile, _ naming: LayerNaming, _ nameMap: NameMap) {
        self.naming = naming
        mapped = file.layers.map { nameMap.name(for: $0) }
        // The reader of state dicts has taken wrappers off already.
        layers = zip(file.layers, mapped).map { layer, map in
            Name(map.map { naming.name(of: $0.name) } ?? layer.name, naming)
        }
        strays = file.strays.map { stray in
            if stray.hasAbsurdName { return nil }
            return Name(naming.name(of: nameMap.name(for: stray) ?? file.layerName(of: stray)), naming)
        }
        layersAround = Self.layersAround(file.strays, file.layers)
        headLayers = naming == .torch ? TorchHead.candidates(file.layers, named: layers) : []
        blocks = naming == .blockPositions ? BlockPositions.blocks(of: file.layers) : []
    }

    private static func layersAround(_ strays: [TensorEntry], _ layers: [SourceLayer]) -> [[Int]] {
        var places: [String: [Int]] = [:]
        for (index, layer) in layers.enumerated() {
            places[layer.path.nameComponents.joined(separator: "."), default: []].append(index)
        }
        return strays.map { stray in
            guard !stray.hasAbsurdName else { return [] }
            var path = stray.name.nameComponents
            var around: [Int] = []
            while path.popLast() != nil { around += places[path.joined(separator: ".")] ?? [] }
            return around
        }
    }
}

extension TensorEntry {
    /// Whether its name is longer or deeper than any that a network has behind all wrappers.
    var hasAbsurdName: Bool {
        name.utf8.count > 300 || name.utf8.count { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") } > 32
    }
}
