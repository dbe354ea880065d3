import Networks
import Testing

@Suite struct FeatureMapTests {
    private func node(_ name: String, of network: Network) -> String? {
        network.featureMap(named: name).map { network.nodes[$0].name }
    }

    @Test func stagesBlocksAndLayersHaveFeatureMaps() {
        let network = Architecture.resNet50.network(.init(classCount: 4))
        #expect(network.featureMapStages == ["stem", "layer1", "layer2", "layer3", "layer4"])
        #expect(node("layer4", of: network) == "layer4.block3.relu3")
        #expect(node("layer4.block1", of: network) == "layer4.block1.relu3")
        #expect(node("layer4.block1.conv2", of: network) == "layer4.block1.conv2")
        #expect(node("layer3.block1.shortcut", of: network) == "layer3.block1.shortcut.norm")
        #expect(node("stem", of: network) == "stem.relu", "before the max pool")
        for name in ["pool", "head", "logits", "layer", "layer5", "layer4.block4", "stem.pool", ""] {
            #expect(node(name, of: network) == nil, "\(name)")
        }
    }

    @Test func blocksOfVGGHaveTheirsBeforeThePool() {
        let network = Architecture.vgg16.network(.init(classCount: 4, fullyConnected: true))
        #expect(network.featureMapStages == (1...5).map { "block\($0)" })
        #expect(node("block5", of: network) == "block5.relu3")
        #expect(node("fc", of: network) == nil)
    }

    @Test func everyNameIsKnown() {
        for architecture in [Architecture.resNet18, .resNet50, .resNet20, .vgg11BN] {
            let network = architecture.network(.init(classCount: 4))
            for name in network.featureMapNames { #expect(network.featureMap(named: name) != nil, "\(name)") }
            #expect(Set(network.featureMapNames).count == network.featureMapNames.count)
        }
        let names = Architecture.resNet20.network(.init(classCount: 4)).featureMapNames
        #expect(
            names.prefix(6) == [
                "stem", "stem.conv", "layer1", "layer1.block1", "layer1.block1.conv1", "layer1.block1.conv2",
            ])
    }
}
