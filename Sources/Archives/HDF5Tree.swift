import CHDF5
import Files

/// The walk through a file's groups: every group and dataset once, without recursion, within limits.
struct HDF5Tree {
    let file: Handle
    let path: String
    let fileSize: Int
    let limits: HDF5Archive.Limits

    private(set) var entries: [TensorEntry] = []
    private(set) var groups: [String] = []
    /// The datasets that are not stored in one piece.
    private(set) var packed: [String] = []
    /// Groups met so far, by their address in the file.
    private var visited: [UInt64: String] = [:]
    private var objectCount = 0

    init(file: Handle, path: String, fileSize: Int, limits: HDF5Archive.Limits) {
        self.file = file
        self.path = path
        self.fileSize = fileSize
        self.limits = limits
    }

    mutating func walk() throws {
        var pending = [(name: "", depth: 0)]
        while let (name, depth) = pending.popLast() {
            guard
                let object = Handle(H5Oopen(file.id, name.isEmpty ? "/" : name, chdf5_default()), closedBy: H5Oclose)
            else { throw error("`\(name)` cannot be opened (\(Handle.lastError()))") }
            var address: UInt64 = 0
            var kind = H5O_TYPE_UNKNOWN
            guard chdf5_object(object.id, &address, &kind) >= 0 else {
                throw error("`\(name)` is damaged (\(Handle.lastError()))")
            }
            switch kind {
            case H5O_TYPE_GROUP:
                if let first = visited.updateValue(name, forKey: address) {
                    throw error("`/\(name)` leads back to the group `/\(first)`: cyclic or repeated links are refused")
                }
                guard depth < limits.depth else { throw error("groups are nested deeper than \(limits.depth)") }
                if !name.isEmpty { groups.append(name) }
                let members = try links(of: object, named: name)
                pending += members.reversed().map { (name.isEmpty ? $0 : "\(name)/\($0)", depth + 1) }
            case H5O_TYPE_DATASET:
                let dataset = try HDF5Dataset(object, name: name, in: self)
                entries.append(dataset.entry)
                if dataset.isPacked { packed.append(name) }
            default:
                // A named type holds no numbers.
                continue
            }
        }
    }

    /// The names of the group's members, in alphabetical order.
    private mutating func links(of group: Handle, named groupName: String) throws -> [String] {
        let listing = Listing(limit: limits.objects - objectCount)
        let context = Unmanaged.passUnretained(listing).toOpaque()
        let result = H5Literate(
            group.id, H5_INDEX_NAME, H5_ITER_INC, nil,
            { _, name, link, context in
                guard let name, let link, let context else { return -1 }
                return Unmanaged<Listing>.fromOpaque(context).takeUnretainedValue().add(
                    String(cPath: name), link.pointee.type)
            }, context)
        if let (name, kind) = listing.refused {
            throw error("`\(groupName)/\(name)` is \(kind) link: only what the file itself holds is read")
        }
        guard !listing.isFull else { throw error("holds more than \(limits.objects) objects") }
        guard result >= 0 else { throw error("the group `/\(groupName)` is damaged (\(Handle.lastError()))") }
        objectCount += listing.names.count
        return listing.names
    }

    func error(_ reason: String) -> ArchiveError { ArchiveError(path: path, reason: reason) }
}

/// What a listing of links collects.
private final class Listing {
    let limit: Int
    private(set) var names: [String] = []
    private(set) var refused: (name: String, kind: String)?
    private(set) var isFull = false

    init(limit: Int) { self.limit = limit }

    /// Returns what HDF5 expects: 0 to go on, 1 to stop.
    func add(_ name: String, _ type: H5L_type_t) -> herr_t {
        guard names.count < limit else {
            isFull = true
            return 1
        }
        switch type {
        case H5L_TYPE_HARD:
            names.append(name)
            return 0
        case H5L_TYPE_SOFT: refused = (name, "a soft")
        case H5L_TYPE_EXTERNAL: refused = (name, "an external")
        default: refused = (name, "an unknown kind of")
        }
        return 1
    }
}
