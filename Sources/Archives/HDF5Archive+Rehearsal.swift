import Foundation

extension HDF5Archive {
    /// A part of a file that can be unreadable for itself.
    enum Part: Hashable {
        /// The names of an object's attributes.
        case attributes(of: String)
        case attribute(String, of: String)
        case tensor(String)
    }

    /// Reads the file in a process of its own first. HDF5 trusts what it reads: a few wrong bytes crash it, keep it busy for
    /// ever, or make it ask for all memory there is (seen in 1.10.8), and nothing but the loss of a process saves the caller
    /// from that. What fails there is not tried again here.
    /// - Returns: what cannot be read, and why.
    /// - Throws: `ArchiveError` where the whole file is refused, or that process dies; `CancellationError`.
    static func rehearse(_ source: HDF5Source, fileSize: Int, limits: Limits) throws -> [Part: String] {
        let ending = try HDF5Library.inExpendableProcess(limits.allowance(fileSize: fileSize)) {
            refusals(of: source, limits: limits).bytes
        }
        // Without a process to spare the file is read as it is.
        guard let ending else { return [:] }
        guard let refusals = Refusals(bytes: ending.report) else {
            throw try unfinished(ending, path: source.path)
        }
        if let reason = refusals.file { throw ArchiveError(path: source.path, reason: reason) }
        return refusals.parts
    }

    /// Numbers that lie in one piece are copied without being interpreted; only packed ones need a rehearsal.
    private static func refusals(of source: HDF5Source, limits: Limits) -> Refusals {
        var refusals = Refusals()
        func attempt(_ part: Part?, _ body: () throws -> Void) {
            do { try body() } catch {
                let reason = (error as? ArchiveError)?.reason ?? "cannot be read"
                // What asks for so much asks for more where nobody limits it.
                refusals.add(reason.contains("memory allocation failed") ? nil : part, reason)
            }
        }
        attempt(nil) {
            let archive = try HDF5Archive(source, limits: limits, isRehearsed: true)
            for object in [""] + archive.groups {
                attempt(.attributes(of: object)) {
                    for name in try archive.attributeNames(of: object) {
                        attempt(.attribute(name, of: object)) { _ = try archive.attribute(name, of: object) }
                    }
                }
            }
            for name in archive.tree.packed { attempt(.tensor(name)) { _ = try archive.tensor(name) } }
        }
        return refusals
    }

    /// Why there is no whole report.
    /// - Throws: `CancellationError` where the process was asked to end.
    private static func unfinished(_ ending: HDF5Library.Ending, path: String) throws -> ArchiveError {
        if let seconds = ending.secondsTooFew {
            return ArchiveError(
                path: path,
                reason: "cannot be read within \(seconds) seconds: its disk is too slow, or hangs; copy it to another")
        }
        let reason: String
        switch ending.signal {
        case SIGINT, SIGTERM: throw CancellationError()
        case SIGPROF:
            reason = "is a damaged HDF5 file: reading it takes for ever; copy or download it again"
        case SIGKILL:
            reason = "the process that tried to read it was killed, perhaps for want of memory"
        default:
            reason = "is a damaged HDF5 file: it crashes the HDF5 library; copy or download it again"
        }
        return ArchiveError(path: path, reason: reason)
    }
}

extension HDF5Archive.Limits {
    /// How much memory reading a file of so many bytes may take: more than weights need, which compression makes smaller by a
    /// few times at most.
    func memoryBytes(fileSize: Int) -> Int { memoryBytes + 8 * fileSize }

    /// What reading a file of so many bytes may cost.
    func allowance(fileSize: Int) -> HDF5Library.Allowance {
        let megabytes = Double(fileSize) / 1e6
        let computing = seconds + megabytes * secondsPerMegabyte
        return HDF5Library.Allowance(
            memoryBytes: memoryBytes(fileSize: fileSize), computingSeconds: computing,
            seconds: Int(10 + 10 * computing))
    }
}

/// What a rehearsal reports: the parts of a file that cannot be read.
private struct Refusals {
    /// Why the whole file is refused, if it is.
    private(set) var file: String?
    private(set) var parts: [HDF5Archive.Part: String] = [:]

    init() {}

    /// - Parameter part: nil for the whole file.
    mutating func add(_ part: HDF5Archive.Part?, _ reason: String) {
        if let part { parts[part] = reason } else { file = reason }
    }

    /// For each part four fields, and at the end a last one, without which the report is not whole; each is ended by a zero,
    /// which neither names nor reasons hold.
    var bytes: [UInt8] {
        var fields: [String] = []
        if let file { fields += ["file", "", "", file] }
        for (part, reason) in parts {
            switch part {
            case .attributes(let object): fields += ["attributes", object, "", reason]
            case .attribute(let name, let object): fields += ["attribute", object, name, reason]
            case .tensor(let name): fields += ["tensor", "", name, reason]
            }
        }
        return (fields + [Self.end]).flatMap { Array($0.utf8) + [0] }
    }

    /// Reads what `bytes` has written; nil where that is not whole.
    init?(bytes: [UInt8]) {
        let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        // Behind the last zero is nothing.
        guard fields.suffix(2) == [Self.end, ""], fields.count % 4 == 2 else { return nil }
        for index in stride(from: 0, to: fields.count - 2, by: 4) {
            let (object, name, reason) = (fields[index + 1], fields[index + 2], fields[index + 3])
            switch fields[index] {
            case "file": add(nil, reason)
            case "attributes": add(.attributes(of: object), reason)
            case "attribute": add(.attribute(name, of: object), reason)
            default: add(.tensor(name), reason)
            }
        }
    }

    private static let end = "end"
}
