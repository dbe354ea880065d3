import Networks
import TestSupport
import Testing

@Suite struct NetworkTests {
    /// Every architecture in every form.
    static let networks: [Network] = Architecture.catalogue.flatMap { architecture in
        architecture.variants(classCount: 1000).flatMap { options in
            [0, 0.2].map { dropout in
                var options = options
                options.dropout = dropout
                return architecture.network(options)
            }
        }
    }

    @Test(arguments: networks)
    func ordersNodesAfterTheirInputs(_ network: Network) {
        for (index, node) in network.nodes.enumerated() { #expect(node.inputs.allSatisfy { $0 < index }) }
        #expect(network.nodes[0].operation == .input(Input(channels: 3)))
        #expect(network.nodes.dropFirst().allSatisfy { !$0.inputs.isEmpty })
    }

    @Test(arguments: networks)
    func namesEachNodeAndParameterOnce(_ network: Network) {
        #expect(Set(network.nodes.map(\.name)).count == network.nodes.count)
        #expect(Set(network.parameters.map(\.name)).count == network.parameters.count)
        #expect(network.parameters == network.nodes.flatMap(\.parameters))
    }

    @Test(arguments: networks)
    func dividesNodesIntoStages(_ network: Network) {
        #expect(network.stages.flatMap { Array($0.nodes) } == Array(1..<network.nodes.count))
        for stage in network.stages {
            #expect(network.nodes[stage.nodes].allSatisfy { $0.stage == stage.name && $0.name.hasPrefix(stage.name) })
        }
    }

    @Test(arguments: [
        (Architecture.resNet50, false, ["stem", "layer1", "layer2", "layer3", "layer4", "head"]),
        (.resNet20, false, ["stem", "layer1", "layer2", "layer3", "head"]),
        (.vgg16, false, ["block1", "block2", "block3", "block4", "block5", "head"]),
        (.vgg16BN, true, ["block1", "block2", "block3", "block4", "block5", "fc", "head"]),
    ])
    func namesTrainableStages(_ architecture: Architecture, _ fullyConnected: Bool, _ expected: [String]) {
        let network = architecture.network(.init(fullyConnected: fullyConnected))
        #expect(network.trainableStageNames == expected)
    }

    /// VGG drops what its large linear layers yield, AlexNet what they read.
    @Test func dropsWhereThePapersDo() {
        func order(_ architecture: Architecture) -> [String] {
            architecture.network(.init(fullyConnected: true)).nodes.filter { $0.stage == "fc" }.map(\.name)
        }
        #expect(
            order(.vgg16) == ["linear1", "relu1", "dropout1", "linear2", "relu2", "dropout2"].map { "fc.\($0)" })
        #expect(
            order(.alexNet) == ["dropout1", "linear1", "relu1", "dropout2", "linear2", "relu2"].map { "fc.\($0)" })
    }

    /// Table 1 of He et al. 2015.
    @Test func followsThePaperInFeatureMapSizes() throws {
        for form in [Architecture.Form.original, .revised, .caffe] {
            let network = Architecture.resNet50.network(.init(form: form))
            let shapes = try network.shapes(height: 224, width: 224)
            let ends = network.stages.map { shapes[$0.nodes.upperBound - 1].description }
            #expect(
                ends == ["56×56×64", "56×56×256", "28×28×512", "14×14×1024", "7×7×2048", "1×1×2048", "1×1×1000"])
        }
    }

    @Test func placesTheStrideByForm() throws {
        func strides(_ form: Architecture.Form) throws -> [Int] {
            let nodes = Architecture.resNet50.network(.init(form: form)).nodes
            return try ["conv1", "conv2", "conv3", "shortcut.conv"].map { name in
                let node = try #require(nodes.first { $0.name == "layer2.block1.\(name)" })
                guard case .convolution(let convolution) = node.operation else { return 0 }
                #expect(convolution.hasBias == (form == .original))
                return convolution.window.stride.height
            }
        }
        #expect(try strides(.original) == [2, 1, 1, 2])
        #expect(try strides(.revised) == [1, 2, 1, 2])
        #expect(try strides(.caffe) == [2, 1, 1, 2])
    }

    @Test func countsThePositionsThatLinearLayersTake() throws {
        var net = NetworkBuilder(name: "small")
        net.beginStage("pool")
        var x = net.maxPool("pool", net.input, kernel: 2, stride: 2)
        x = net.relu("relu", x)
        x = net.adaptiveAveragePool("grid", x, side: 6)
        x = net.dropout("dropout1", x, rate: 0.5)
        x = net.linear("linear1", x, inputs: 6 * 6 * 3, outputs: 5)
        x = net.dropout("dropout2", x, rate: 0.5)
        _ = net.linear("linear2", x, inputs: 5, outputs: 2)
        #expect(
            try net.network().linearInputPositions(height: 20, width: 30) == ["pool.linear1": 36, "pool.linear2": 1])
        var flat = NetworkBuilder(name: "flat")
        flat.beginStage("pool")
        let pooled = flat.maxPool("pool", flat.input, kernel: 2, stride: 2)
        _ = flat.linear("linear", pooled, inputs: 4 * 3 * 3, outputs: 2)
        #expect(try flat.network().linearInputPositions(height: 8, width: 6) == ["pool.linear": 12])
    }

    @Test func takesAnotherEpsilonThroughout() {
        for architecture in [Architecture.resNet18, .resNet20, .vgg11BN] {
            let nodes = architecture.network(.init(batchNormEpsilon: 1e-3)).nodes
            let epsilons = nodes.compactMap(\.batchNormEpsilon)
            #expect(!epsilons.isEmpty && epsilons.allSatisfy { $0 == 1e-3 })
        }
    }

    @Test func takesAnyImageThatLeavesSomething() throws {
        let network = Architecture.vgg16.network()
        let shapes = try network.shapes(height: 32, width: 47)
        let last = try #require(network.stage(named: "block5")?.nodes.last)
        #expect(shapes[last] == FeatureShape(height: 1, width: 1, channels: 512))
        let error = try #require(throws: ImageSizeError.self) { try network.shapes(height: 31, width: 47) }
        #expect(error.kind == .usage)
        #expect(
            error.description
                == "vgg16 cannot take images of 31×47: nothing is left at block5.pool; use larger images")
    }

    @Test func putsDropoutBeforeTheHead() {
        let nodes = Architecture.resNet18.network(.init(dropout: 0.3)).nodes.suffix(2)
        #expect(nodes.map(\.operation) == [.dropout(Dropout(rate: 0.3)), .linear(Linear(inputs: 512, outputs: 1000))])
    }
}

extension Network: CustomTestStringConvertible {
    public var testDescription: String { "\(name) (\(parameters.count) parameters)" }
}
