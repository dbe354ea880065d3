import Datasets
import Engine
import Files
import Networks
import Pretrained

/// What something that takes long was begun with but for its images, in words: only with the same is it gone on with.
package struct Fingerprint: Codable, Equatable {
    package struct Setting: Codable, Equatable {
        let name: String
        let value: String
    }

    package private(set) var settings: [Setting] = []

    private static let weights = "weights"

    package init() {}

    /// - Parameter value: nil for none.
    package mutating func add(_ name: String, _ value: Any?) {
        settings.append(Setting(name: name, value: value.map { String(describing: $0) } ?? "none"))
    }

    /// The network, and what happens to its images.
    package mutating func add(_ model: Model) {
        let options = model.options
        add("architecture", model.architecture.rawValue)
        add("form", options.form.rawValue)
        add("fully connected layers", options.fullyConnected)
        add("dropout", options.dropout)
        if let epsilon = options.batchNormEpsilon { add("batch norm epsilon", epsilon) }
        if options.head != Head() { add("head", options.head) }
        add("classes", model.classNames?.joined(separator: ", ") ?? "\(options.classCount)")
        add("channel order", model.preprocessing.channelOrder.rawValue)
        add("mean", model.preprocessing.mean)
        add("standard deviation", model.preprocessing.standardDeviation)
        add("image size", model.imageSize)
        add("resize", model.resize.rawValue)
    }

    /// This build of the program, and the library that computes.
    package mutating func addProgram() {
        add("program", ProgramIdentity.words)
        add("library", ProgramIdentity.library)
    }

    /// All parameters.
    package mutating func add(weights parameters: ParameterStore) {
        var checksum = Checksum()
        for description in parameters.descriptions {
            checksum.update(UnsafeRawBufferPointer(parameters[description.name]))
        }
        add(Self.weights, "checksum \(checksum.hexDigits)")
    }

    /// What differs in `now`, one line each: settings, and what came out of the file of weights.
    package func differences(in now: Fingerprint) -> (settings: [String], weights: [String]) {
        let old = Dictionary(settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let new = Dictionary(now.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let names = now.settings.map(\.name) + settings.map(\.name).filter { new[$0] == nil }
        func lines(_ isWanted: (String) -> Bool) -> [String] {
            names.filter { isWanted($0) && old[$0] != new[$0] }.map { name in
                "\(name): \(old[name] ?? "none") then, \(new[name] ?? "none") now"
            }
        }
        return (lines { $0 != Self.weights }, lines { $0 == Self.weights })
    }
}
