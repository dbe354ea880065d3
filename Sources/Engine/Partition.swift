import Networks

/// Which parts of a plan are differentiated.
struct Partition {
    /// For each layer, whether its parameters are trained.
    let trains: [Bool]
    /// For each value, whether a gradient flows into it: whether a trained layer or the watched value lies at or
    /// before its origin.
    let requiresGradient: [Bool]
    /// For each value, whether the backward pass reads it.
    let isSaved: [Bool]
    /// For each value, the last layer that reads it; −1 for none.
    let lastReader: [Int]

    /// - Parameters:
    ///   - trainableStages: the stages whose parameters are trained. Everything before the first of them is frozen prefix:
    ///     no gradient, nothing saved. Later frozen stages only pass gradients on.
    ///   - watched: a value whose gradient is wanted though nothing before it is trained.
    init(_ layers: [Layer], trainableStages: Set<String>, watched: Int? = nil) {
        var trains: [Bool] = []
        var requiresGradient = [false]
        var lastReader = [Int](repeating: -1, count: layers.count + 1)
        for (index, layer) in layers.enumerated() {
            let trained = !layer.parameters.isEmpty && trainableStages.contains(layer.stage)
            trains.append(trained)
            requiresGradient.append(
                trained || index + 1 == watched || layer.reads.contains { requiresGradient[$0] })
            for value in layer.reads { lastReader[value] = index }
        }
        var isSaved = [Bool](repeating: false, count: layers.count + 1)
        for (index, layer) in layers.enumerated() where requiresGradient[index + 1] {
            let traits = layer.operation.traits
            var needs: GradientNeeds = layer.activation == nil ? [] : .output
            if trains[index] { needs.formUnion(traits.parameterGradientNeeds) }
            if layer.inputs.contains(where: { requiresGradient[$0] }) { needs.formUnion(traits.inputGradientNeeds) }
            if needs.contains(.inputs) { for input in layer.inputs { isSaved[input] = true } }
            if needs.contains(.output) { isSaved[index + 1] = true }
        }
        self.trains = trains
        self.requiresGradient = requiresGradient
        self.isSaved = isSaved
        self.lastReader = lastReader
    }
}
