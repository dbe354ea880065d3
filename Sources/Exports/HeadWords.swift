import Files
import Networks

extension Words {
    /// A head for a person: `global average pool, 64 hidden units`.
    static func head(_ head: Head) -> String {
        let pool =
            switch head.pooling {
            case .average: "global average pool"
            case .maximum: "global max pool"
            case .flatten(let height, let width): "\(height)×\(width) map flattened"
            case .ofLogits: "mean of the logits of all positions"
            }
        let hidden = head.hiddenLayers.map { "\($0.units) hidden units\($0.hasReLU ? " with ReLU" : "")" }
        return ([pool] + hidden).joined(separator: ", ")
    }
}
