import Files
import Training

/// The words that name schedules in a recipe.
package let scheduleNames = ["constant", "step", "cosine", "one_cycle"]

extension ScheduleConfiguration {
    /// Reads `schedule` (a word, or a map with its settings) and `warmup_epochs` of a stage.
    init(reading stage: Section, epochs: Int) {
        let section = namedSection("schedule", of: stage)
        let name = section.value("name", .word(of: scheduleNames), default: "constant")
        let shape: Shape
        switch name {
        case "step":
            shape = .step(
                epochs: section.required("every", .integer(1...100_000)) ?? 1,
                factor: section.value("factor", .number(.fraction), default: 0.1))
        case "cosine":
            shape = .cosine(minimum: section.value("minimum", .number(.within(0...1)), default: 0))
        case "one_cycle":
            shape = .oneCycle(
                rise: section.value("rise", .number(.fraction), default: 0.3),
                initialDivisor: section.value("initial_divisor", .number(.within(1...1e9)), default: 25),
                finalDivisor: section.value("final_divisor", .number(.within(1...1e9)), default: 1e4))
        default:
            shape = .constant
        }
        section.finish()
        let warmUp = stage.value("warmup_epochs", .number(.within(0...Double(epochs))), default: 0)
        self.init(shape, warmUpEpochs: warmUp)
    }

    /// The map under `schedule`.
    var node: YAMLNode {
        let settings: [(String, YAMLNode)] =
            switch shape {
            case .constant: []
            case .step(let epochs, let factor): [("every", .integer(epochs)), ("factor", .number(factor))]
            case .cosine(let minimum): [("minimum", .number(minimum))]
            case .oneCycle(let rise, let initialDivisor, let finalDivisor):
                [
                    ("rise", .number(rise)), ("initial_divisor", .number(initialDivisor)),
                    ("final_divisor", .number(finalDivisor)),
                ]
            }
        return .map([("name", .text(shape.name))] + settings)
    }
}

extension ScheduleConfiguration.Shape {
    /// The word that names it in a recipe.
    var name: String {
        switch self {
        case .constant: "constant"
        case .step: "step"
        case .cosine: "cosine"
        case .oneCycle: "one_cycle"
        }
    }
}
