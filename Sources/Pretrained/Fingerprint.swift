import Files
import Networks

/// What something that takes long was begun with but for its images, in words: only with the same is it gone on with.
package struct Fingerprint: Codable, Equatable {
    package struct Setting: Codable, Equatable {
        let name: String
        let value: String
    }

    package private(set) var settings: [Setting] = []

    private static let weights = "weights"
    /// Such as `finetune 0.1.0, build 3f0c…`: the build is the checksum of the program's own file.
    private static let program: String = {
        let build = (try? Checksum(file: "/proc/self/exe"))?.hexDigits ?? "unknown"
        return "finetune \(toolVersion), build \(build)"
    }()

    package init() {}

    /// - Parameter value: nil for none.
    package mutating func add(_ name: String, _ value: Any?) {
        settings.append(Setting(name: name, value: value.map { String(describing: $0) } ?? "none"))
    }

    /// The network, and what happens to its images.
    package mutating func add(_ model: Model) {
        let options = model.options
        add("architecture", model.architecture.rawValue)
        add("form", options.form?.rawValue)
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

    /// What computes: another build, library or processor may come to other last bits.
    /// - Parameters:
    ///   - library: the version of oneDNN.
    ///   - instructionSet: what it uses of the processor, as `dnnl_cpu_isa_t` counts.
    package mutating func addProgram(library: String, instructionSet: Int) {
        add("program", Self.program)
        add("library", "oneDNN \(library), instruction set \(instructionSet)")
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
