import Engine
import Networks
import Pretrained

extension CompiledNetwork {
    /// A model's network with its numbers. What explains and what predicts may share it.
    package convenience init(_ model: Model) {
        self.init(network: model.network, parameters: model.parameters, preprocessing: model.preprocessing)
    }
}
