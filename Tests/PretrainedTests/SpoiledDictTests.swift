import Networks
import Pretrained
import TestSupport
import Testing

/// Of every architecture in every form a state dict with one tensor too many, too few, renamed or transposed, in the trunk
/// and in the head, is refused with that tensor's name.
///
/// Transposed is a tensor whose outputs differ from its inputs: that of a square one, as of the convolutions within a
/// stage or VGG's second fully connected layer, cannot be seen.
@Suite(.serialized) struct SpoiledDictTests {
    struct Subject: CustomTestStringConvertible, Sendable {
        let architecture: Architecture
        let options: Architecture.Options
        var testDescription: String {
            architecture.words(options)
        }
    }

    static let all: [Subject] = Architecture.catalogue.flatMap { architecture in
        // What is left of a new head does not tell it from the published one.
        architecture.variants(classCount: 10).filter { $0.head == architecture.head }
            .map { Subject(architecture: architecture, options: $0) }
    }

    private let folder: TemporaryDirectory
    init() throws { folder = try TemporaryDirectory() }

    /// Why the dict is refused.
    private func reason(_ dict: ReservedStateDict, _ subject: Subject) throws -> String {
        let path = folder.file("weights.h5")
        try dict.write(to: path)
        var options = ImportOptions(architecture: subject.architecture)
        options.form = subject.options.form
        options.fullyConnected = subject.options.fullyConnected
        let error = #expect(throws: WeightError.self) { try Model.importing(path, options) }
        return error?.reason ?? ""
    }

    @Test(arguments: all) func theTensorIsNamed(_ subject: Subject) throws {
        let network = subject.architecture.network(subject.options)
        let sound = ReservedStateDict(of: network)
        let weights = network.parameters.filter { $0.role == .weight }
        let asymmetric = weights.filter { $0.shape.first != $0.shape.last }
        let trunk = try #require(asymmetric.last { $0.stage != "head" && $0.shape.count == 4 })
        let head = try #require(weights.last)
        #expect(head.stage == "head" && asymmetric.contains(head))

        for parameter in [trunk, head] {
            let key = StateDict.key(of: parameter, in: network)
            let layer = key.dropLast(".weight".count)
            let shape = try #require(sound.shapes[key])

            var dict = sound
            dict.shapes["\(layer).extra"] = [3]
            #expect(try reason(dict, subject).contains("not in this network (1):\n    `\(layer).extra` (3)"))
            dict = sound
            dict.shapes[key] = nil
            let missing =
                "missing (1):\n    \(parameter.name), stored as \(shape.map(String.init).joined(separator: "×"))"
            #expect(try reason(dict, subject).contains(missing))
            dict.shapes["\(layer).kernel"] = shape
            let text = try reason(dict, subject)
            #expect(text.contains(missing) && text.contains("`\(layer).kernel`"))
            dict = sound
            dict.shapes[key] = [shape[1], shape[0]] + shape[2...]
            #expect(try reason(dict, subject).contains("`\(key)` is \(shape[1])×\(shape[0])"))
        }
    }

    /// What makes the tests above tests: the dict as it is loads.
    @Test(arguments: [Architecture.resNet18, .resNet110, .vgg11BN]) func theSoundDictLoads(
        _ architecture: Architecture
    ) throws {
        let options = Architecture.Options(classCount: 10)
        try ReservedStateDict(of: architecture.network(options)).write(to: folder.file("weights.h5"))
        let (model, report) = try Model.importing(folder.file("weights.h5"))
        #expect(model.architecture == architecture && report.head == .file && report.unused.isEmpty)
    }
}
