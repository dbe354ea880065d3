import Networks
import Testing

/// What stands between the trunk and the logits.
@Suite struct HeadTests {
    private func network(_ head: Head, dropout: Double = 0) -> Network {
        Architecture.resNet20.network(.init(classCount: 10, dropout: dropout, head: head))
    }

    @Test func hiddenLayersStandBeforeTheClassifier() throws {
        let head = Head(
            pooling: .maximum, hiddenLayers: [.init(units: 32, hasReLU: true), .init(units: 16, hasReLU: false)])
        let network = network(head, dropout: 0.5)
        let nodes = network.nodes.filter { ["pool", "head"].contains($0.stage) }
        #expect(
            nodes.map(\.name) == [
                "pool.maximum", "head.hidden1", "head.relu1", "head.hidden2", "head.dropout", "head.linear",
            ])
        #expect(
            network.parameters.filter { $0.stage == "head" }.map(\.shape) == [
                [32, 64], [32], [16, 32], [16], [10, 16], [10],
            ])
        #expect(network.trainableStageNames.last == "head")
    }

    @Test func flattenedHeadsReadEveryPosition() throws {
        let network = network(Head(pooling: .flatten(height: 8, width: 8)))
        #expect(network.parameters.last { $0.role == .weight }?.shape == [10, 8 * 8 * 64])
        let shapes = try network.shapes(height: 32, width: 32)
        #expect(
            shapes.suffix(2) == [.init(height: 1, width: 1, channels: 4096), .init(height: 1, width: 1, channels: 10)])
        #expect(try network.linearInputPositions(height: 32, width: 32) == ["head.linear": 64])
        let error = #expect(throws: FlattenedSizeError.self) { try network.shapes(height: 64, width: 64) }
        #expect(error?.description.contains("8×8×64") == true && error?.description.contains("16×16×64") == true)
        #expect(error?.kind == .usage)
    }

    @Test func theSummaryNamesThem() throws {
        let layers = try Summary(
            network(Head(pooling: .flatten(height: 8, width: 8), hiddenLayers: [.init(units: 3, hasReLU: true)])),
            imageHeight: 32, imageWidth: 32, batchSize: 1
        ).layers.suffix(4)
        #expect(layers.map(\.operation) == ["flatten", "linear", "ReLU", "linear"])
        #expect(layers.map(\.parameterCount) == [0, 4096 * 3 + 3, 0, 40])
        #expect(layers.map(\.multiplyAdds) == [0, 4096 * 3, 0, 30])
        let pooled = try Summary(network(Head(pooling: .maximum)), imageHeight: 32, imageWidth: 32, batchSize: 1)
        #expect(pooled.layers.contains { $0.operation == "global max pool" && $0.output.count == 64 })
    }

    /// Old networks are what they were.
    @Test func theUsualHeadIsAMeanAndOneLayer() {
        let nodes = network(Head()).nodes.filter { ["pool", "head"].contains($0.stage) }
        #expect(nodes.map(\.name) == ["pool.mean", "head.linear"])
    }
}
