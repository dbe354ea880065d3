import Networks

/// The names that Keras' applications give their layers, as names of our nodes.
enum KerasNames {
    /// The node that a layer feeds, or nil for a name that no known architecture has.
    static func node(_ layer: String) -> String? {
        switch layer {
        case "conv1_conv", "conv1": return "stem.conv"
        case "conv1_bn", "bn_conv1": return "stem.norm"
        case "fc1": return "fc.linear1"
        case "fc2": return "fc.linear2"
        case "predictions", "probs", "fc1000": return "head.linear"
        default: return vgg(layer) ?? resNet(layer) ?? resNet2016(layer)
        }
    }

    /// `block3_conv2`.
    private static func vgg(_ layer: String) -> String? {
        let parts = layer.split(separator: "_")
        guard parts.count == 2, let block = parts[0].number(after: "block"), let conv = parts[1].number(after: "conv")
        else { return nil }
        return "block\(block).conv\(conv)"
    }

    /// `conv{s}_block{b}_{k}_{conv,bn}`: stage s−1; k = 0 is the shortcut.
    private static func resNet(_ layer: String) -> String? {
        let parts = layer.split(separator: "_")
        guard parts.count == 4, let stage = parts[0].number(after: "conv"), stage > 1,
            let block = parts[1].number(after: "block"), let position = Int(parts[2]), let kind = kinds[parts[3]]
        else { return nil }
        return residualNode(stage: stage, block: block, position: position, kind: kind)
    }

    /// The names of 2016: `res{s}{letter}_branch{2a,2b,2c,1}` and `bn…`; blocks of deep networks are `b1`, `b2`, ….
    private static func resNet2016(_ layer: String) -> String? {
        let parts = layer.split(separator: "_")
        guard parts.count == 2, let branch = branches[parts[1]] else { return nil }
        let kind: String
        var rest = parts[0]
        if rest.hasPrefix("res") {
            (kind, rest) = ("conv", rest.dropFirst(3))
        } else if rest.hasPrefix("bn") {
            (kind, rest) = ("norm", rest.dropFirst(2))
        } else {
            return nil
        }
        guard let stage = rest.first?.wholeNumberValue, let letter = rest.dropFirst().first?.asciiValue,
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
        else { return nil }
        let number = rest.dropFirst(2)
        let block: Int
        if number.isEmpty {
            block = Int(letter - UInt8(ascii: "a")) + 1
        } else {
            guard letter == UInt8(ascii: "b"), let index = Int(number), (1...1000).contains(index) else { return nil }
            block = index + 1
        }
        return residualNode(stage: stage, block: block, position: branch, kind: kind)
    }

    private static let kinds: [Substring: String] = ["conv": "conv", "bn": "norm"]
    private static let branches: [Substring: Int] = ["branch2a": 1, "branch2b": 2, "branch2c": 3, "branch1": 0]

    private static func residualNode(stage: Int, block: Int, position: Int, kind: String) -> String {
        let prefix = "layer\(stage - 1).block\(block)"
        return position == 0 ? "\(prefix).shortcut.\(kind)" : "\(prefix).\(kind)\(position)"
    }

    /// The part of a network that a name speaks of: `conv3` in `conv3_block1_1_conv`, `res3a` in `res3a_branch2a`; all of a
    /// name that is none of an application's.
    static func part(of layer: String) -> Substring {
        let first = layer.prefix { $0 != "_" }
        let isOfApplication =
            first.number(after: "conv") != nil || first.number(after: "block") != nil
            || node("\(first)_branch2a") != nil
        return isOfApplication && first.count < layer.count ? first : layer[...]
    }

    /// Whether a name belongs to the pre-activation ResNets (V2), which are other networks.
    static func isPreactivated(_ layer: String) -> Bool { layer.hasSuffix("_preact_bn") || layer == "post_bn" }
}

extension Substring {
    /// The number that follows a word: 3 in `block3`.
    func number(after word: String) -> Int? {
        guard hasPrefix(word) else { return nil }
        let digits = dropFirst(word.count)
        guard !digits.isEmpty, digits.count < 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(digits)
    }
}
