import Files

/// What a run's `report.json` says of the model.
package struct RunResults: Sendable {
    struct Figure {
        /// The key in `report.json`.
        let key: String
        let value: Double
        /// In which it lies with the probability `level`.
        let interval: (lower: Double, upper: Double)?
    }

    struct Part {
        let role: String
        /// The last component of its path.
        let folder: String
        let imageCount: Int
    }

    /// The name of the recipe.
    let name: String
    let figures: [Figure]
    /// Of the intervals.
    let level: Double
    /// The images that it was judged by: `test` or `validation`.
    let role: String
    let imageCount: Int
    let parts: [Part]
    let warnings: [String]
    /// What training began with: a path, or a name of the catalogue.
    package let weights: String?

    /// The largest report that is read: one of a thousand classes has two tables of a million numbers.
    private static let mostBytes = 64 << 20
    private static let mostValues = 4_000_000

    /// - Throws: `ExportError` where the file is no report.
    package init(reading path: String) throws {
        let bytes: [UInt8]
        do {
            let file = try RegularFile(path)
            bytes = try file.bytes(min(file.byteCount, Self.mostBytes + 1))
        } catch {
            throw ExportError("\(path) cannot be read: \(FileSystem.wordsOfReading(error.code))")
        }
        var limits = JSON.Limits()
        (limits.bytes, limits.values) = (Self.mostBytes, Self.mostValues)
        do {
            try self.init(JSON(parsing: String(decoding: bytes, as: UTF8.self), limits: limits))
        } catch let error as JSONError {
            throw ExportError("\(path) is damaged (\(error)): move it away to export without results")
        }
    }

    init(_ report: JSON) {
        name = report["name"]?.stringValue ?? ""
        let intervals = report["confidence_intervals"]
        level = intervals?["level"]?.doubleValue ?? 0.95
        figures = Self.figures(of: report, intervals?["metrics"])
        role = report["evaluated"]?["role"]?.stringValue ?? ""
        imageCount = report["images"]?.integerValue ?? 0
        parts = (report["data"]?.arrayValue ?? []).compactMap { part in
            guard let role = part["role"]?.stringValue, let folder = part["folder"]?.stringValue else { return nil }
            return Part(
                role: role, folder: FileSystem.name(of: folder), imageCount: part["images"]?.integerValue ?? 0)
        }
        warnings = (report["warnings"]?.arrayValue ?? []).compactMap(\.stringValue)
        weights = report["model"]?["weights"]?.stringValue
    }

    /// Whatever is a number at the top, but for counts and times.
    private static func figures(of report: JSON, _ intervals: JSON?) -> [Figure] {
        guard case .object(let members) = report else { return [] }
        return members.compactMap { member in
            guard !["images", "seconds", "best_epoch"].contains(member.key), let value = member.value.doubleValue,
                value.isFinite
            else { return nil }
            let ends = (intervals?[member.key]?.arrayValue ?? []).compactMap(\.doubleValue)
            return Figure(
                key: member.key, value: value, interval: ends.count == 2 ? (lower: ends[0], upper: ends[1]) : nil)
        }
    }
}
