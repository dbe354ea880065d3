extension WeightComparison {
    /// What became of the tensors of one part of the network.
    package struct Part: Sendable {
        package let name: String
        /// How many tensors are the same in both files, bit for bit, and how many of one shape are not.
        package fileprivate(set) var equal = 0
        package fileprivate(set) var different = 0
        /// How many have equal numbers as 32-bit floats, which does not make them the same.
        package fileprivate(set) var equalAsFloats = 0
        package fileprivate(set) var otherShape = 0
        package fileprivate(set) var onlyInFirst = 0
        package fileprivate(set) var onlyInSecond = 0
        /// Of all numbers that were compared.
        package fileprivate(set) var change = TensorChange()
    }

    /// The parts in the order of their first tensors.
    package var parts: [Part] {
        var parts: [Part] = []
        var places: [String: Int] = [:]
        for row in rows {
            let place = places[row.part] ?? parts.count
            if place == parts.count {
                places[row.part] = place
                parts.append(Part(name: row.part))
            }
            parts[place].add(row.outcome)
        }
        return parts
    }

    /// All parts as one.
    package var whole: Part {
        var whole = Part(name: "all")
        for row in rows { whole.add(row.outcome) }
        return whole
    }
}

extension WeightComparison.Part {
    fileprivate mutating func add(_ outcome: WeightComparison.Outcome) {
        switch outcome {
        case .onlyInFirst: onlyInFirst += 1
        case .onlyInSecond: onlyInSecond += 1
        case .otherShape: otherShape += 1
        case .compared(let change, _):
            if change.isEqual { equal += 1 } else { different += 1 }
            self.change.add(change)
        case .equalAsFloats(let change, _):
            equalAsFloats += 1
            self.change.add(change)
        }
    }
}
