import Engine
import Networks
import TestSupport
import Testing

@Suite(.serialized) struct TapTests {
    private func plan(_ golden: GoldenNetwork, _ pooling: TapPooling, _ taps: [String]) throws -> Plan {
        let (network, store) = golden.build()
        var configuration = Plan.Configuration(batch: 2, height: 64, width: 64, taps: taps)
        configuration.tapPooling = pooling
        let plan = try Plan(
            network: network, parameters: store, preprocessing: .raw, configuration: configuration)
        try plan.forward(preprocessed: formulaImages(2, side: 64))
        return plan
    }

    @Test(arguments: [
        ("resnet18-v1.5", ["layer1.block1.conv1", "layer2", "layer4.block2.norm1"]),
        ("resnet50-v1.5", ["layer2.block1", "layer3.block2.norm3", "layer4"]),
        ("vgg16", ["block1", "block2.conv2", "block5.relu3"]),
    ])
    func layersEqualPyTorch(name: String, layers: [String]) throws {
        let golden = try #require(GoldenNetwork.all.first { $0.name == name })
        for pooling in [TapPooling.average, .maximum] {
            let plan = try plan(golden, pooling, layers)
            for layer in layers {
                let expected = try readNPY(
                    TestSupport.golden("networks/forward/taps/\(name).\(layer).\(pooling.rawValue).npy"))
                #expect(expected.shape == [2, plan.width(of: layer)])
                let difference = relativeDifference(plan.output(layer), expected.values)
                #expect(difference <= 1e-5, "\(layer) \(pooling)")
            }
        }
        let last = try #require(layers.last)
        let plan = try plan(golden, .none, [last])
        let expected = try readNPY(TestSupport.golden("networks/forward/taps/\(name).\(last).none.npy"))
        let shape = plan.shape(of: last)
        #expect(expected.shape == [2, shape.height, shape.width, shape.channels])
        #expect(relativeDifference(plan.output(last), expected.values) <= 1e-5)
    }

    /// What is fused is computed once more, and does not disturb what comes after it.
    @Test(arguments: [Precision.f32, .bf16].filter(\.isSupported)) func fusedLayersCanBeTapped(_ precision: Precision)
        throws
    {
        let network = Architecture.resNet20.network(.init(classCount: 10))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        func outputs(_ taps: [String]) throws -> [[Float]] {
            try maps(of: network, store, height: 32, width: 32, precision, at: taps)
        }
        let all = try outputs(["layer2.block2.add", "layer2.block2.conv2", "layer2.block2", "logits"])
        #expect(all[0].contains { $0 < 0 })
        #expect(all[0].map { max($0, 0) } == all[2])
        #expect(all[1] != all[0])
        #expect(try outputs(["logits"])[0] == all[3])
        #expect(try outputs(["layer2.block2.conv2"])[0] == all[1])
    }

    @Test func namesOfStagesBlocksAndLayers() throws {
        let network = Architecture.resNet20.network(.init(classCount: 10))
        func name(_ tap: String) throws -> String { network.nodes[try network.node(tappedBy: tap)].name }
        #expect(try name("layer2") == "layer2.block3.relu2")
        #expect(try name("layer2.block1") == "layer2.block1.relu2")
        #expect(try name("layer2.block1.norm1") == "layer2.block1.norm1")
        #expect(try name("logits") == "head.linear")
        for unknown in ["layer2.", "layer2.block", "input", "", "layer2.block1.norm1.scale"] {
            let error = #expect(throws: EngineError.self) { try name(unknown) }
            #expect(error?.kind == .usage)
        }
    }
}
