import CHDF5
import Tensors

/// An open dataset whose declared size and storage have been checked against the file.
struct HDF5Dataset {
    let entry: TensorEntry
    let handle: Handle
    /// Whether the numbers lie in chunks or in the object's header.
    let isPacked: Bool
    private let path: String

    init(_ handle: Handle, name: String, in tree: HDF5Tree) throws {
        try self.init(handle, name: name, path: tree.path, fileSize: tree.fileSize, limits: tree.limits)
    }

    /// - Throws: `ArchiveError` where the dataset is damaged, lies outside the file, or declares an absurd size.
    init(_ handle: Handle, name: String, path: String, fileSize: Int, limits: HDF5Archive.Limits) throws {
        func error(_ reason: String) -> ArchiveError {
            ArchiveError(path: path, reason: "the tensor `\(name)` \(reason)")
        }
        guard let type = Handle(H5Dget_type(handle.id), closedBy: H5Tclose),
            let space = Handle(H5Dget_space(handle.id), closedBy: H5Sclose),
            let creation = Handle(H5Dget_create_plist(handle.id), closedBy: H5Pclose)
        else { throw error("is damaged (\(Handle.lastError()))") }

        let shape = try Self.shape(of: space, error)
        let elementSize = H5Tget_size(type.id)
        guard elementSize > 0, let count = shape.boundedProduct,
            let bytes = [count, elementSize].boundedProduct, bytes <= limits.tensorBytes
        else { throw error("declares an absurd size: \(shape.timesList) elements") }

        let storage = DatasetStorage(
            dataset: handle, creation: creation, fileSize: fileSize, axisCount: shape.count)
        if let problem = storage.problem(declaredBytes: bytes, elementSize: elementSize, limits: limits) {
            throw error(problem)
        }
        entry = TensorEntry(
            name: name, shape: shape, elementType: HDF5ElementType.of(type, marked: Self.dtypeMark(of: handle)))
        isPacked = H5Pget_layout(creation.id) != H5D_CONTIGUOUS
        self.handle = handle
        self.path = path
    }

    private static func shape(of space: Handle, _ error: (String) -> ArchiveError) throws -> [Int] {
        switch H5Sget_simple_extent_type(space.id) {
        case H5S_SCALAR: return []
        case H5S_SIMPLE: break
        default: throw error("holds no data: its shape is null")
        }
        let rank = H5Sget_simple_extent_ndims(space.id)
        guard rank >= 0, rank <= 32 else { throw error("is damaged (\(Handle.lastError()))") }
        var extents = [hsize_t](repeating: 0, count: Int(rank))
        guard rank == 0 || H5Sget_simple_extent_dims(space.id, &extents, nil) >= 0 else {
            throw error("is damaged (\(Handle.lastError()))")
        }
        return try extents.map { extent in
            guard let size = Int(exactly: extent) else { throw error("declares an absurd size: \(extent) in one axis") }
            return size
        }
    }

    /// The attribute `dtype`, by which Keras marks bfloat16, which HDF5 does not know.
    private static func dtypeMark(of handle: Handle) -> String? {
        guard H5Aexists(handle.id, "dtype") > 0,
            let attribute = Handle(H5Aopen(handle.id, "dtype", chdf5_default()), closedBy: H5Aclose),
            case .strings(let values)? = try? HDF5Attribute.value(of: attribute, byteLimit: 1 << 16)
        else { return nil }
        return values.first
    }

    /// Where the elements lie in the file, in bytes, if they lie in one piece as 32-bit floats in this machine's order.
    var openPlace: Int? {
        guard !isPacked, entry.elementType == .float32, entry.shape.product > 0,
            let type = Handle(H5Dget_type(handle.id), closedBy: H5Tclose),
            H5Tequal(type.id, chdf5_native_float()) > 0
        else { return nil }
        let offset = H5Dget_offset(handle.id)
        return offset == chdf5_undefined_address() ? nil : Int(exactly: offset)
    }

    /// Reads all elements.
    /// - Throws: `ArchiveError` where they are no numbers or cannot be read.
    func read() throws -> Tensor {
        let count = entry.shape.product
        let values: [Float]
        switch entry.elementType {
        case .float16:
            values = try bits(count).map { Float(Float16(bitPattern: $0)) }
        case .bfloat16:
            values = try bits(count).map { Float(bitPattern: UInt32($0) << 16) }
        case .float32, .float64, .integer:
            values = try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                try fill(UnsafeMutableRawBufferPointer(buffer), as: chdf5_native_float())
                initialized = count
            }
        case .other(let words):
            throw ArchiveError(path: path, reason: "the tensor `\(entry.name)` holds \(words), not numbers")
        }
        return Tensor(shape: entry.shape, values: values)
    }

    /// Reads all elements of an array of bytes.
    /// - Throws: `ArchiveError` where they are something else or cannot be read.
    func readBytes() throws -> [UInt8] {
        guard entry.elementType == .integer(bits: 8, signed: false) else {
            throw ArchiveError(path: path, reason: "the tensor `\(entry.name)` holds \(entry.elementType), not bytes")
        }
        return try [UInt8](unsafeUninitializedCapacity: entry.shape.product) { buffer, initialized in
            try fill(UnsafeMutableRawBufferPointer(buffer), as: chdf5_native_uint8())
            initialized = buffer.count
        }
    }

    /// Elements of 16 bits as they are stored.
    private func bits(_ count: Int) throws -> [UInt16] {
        guard let type = Handle(H5Dget_type(handle.id), closedBy: H5Tclose) else { throw readingError() }
        return try [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
            try fill(UnsafeMutableRawBufferPointer(buffer), as: type.id)
            initialized = count
        }
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer, as type: hid_t) throws {
        guard buffer.count > 0 else { return }
        let all = chdf5_whole_space()
        guard H5Dread(handle.id, type, all, all, chdf5_default(), buffer.baseAddress) >= 0 else {
            throw readingError()
        }
    }

    private func readingError() -> ArchiveError {
        ArchiveError(path: path, reason: "the tensor `\(entry.name)` cannot be read (\(Handle.lastError()))")
    }
}

extension HDF5Archive {
    package func tensor(_ name: String) throws -> Tensor {
        try openArray(name)?.tensor() ?? opened(name) { try $0.read() }
    }

    package func withValues<Result>(
        of name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) throws -> Result {
        guard let array = try openArray(name) else {
            return try tensor(name).values.withUnsafeBufferPointer(body)
        }
        return try array.withValues(body)
    }

    /// The array of a name, if its elements lie open in the file.
    private func openArray(_ name: String) throws -> StoredArray? {
        guard let entry = entry(name), let place = try opened(name, { $0.openPlace }) else { return nil }
        return try StoredArray(
            name, shape: entry.shape, .float32, in: source.file, at: source.range.lowerBound + place)
    }

    /// The bytes of one array.
    /// - Throws: `ArchiveError` where the name is unknown, or the array is damaged or holds anything but bytes.
    package func bytes(_ name: String) throws -> [UInt8] { try opened(name) { try $0.readBytes() } }

    private func opened<Value>(_ name: String, _ body: (HDF5Dataset) throws -> Value) throws -> Value {
        guard entry(name) != nil else { throw ArchiveError(path: path, reason: "holds no tensor `\(name)`") }
        try checkReadable(.tensor(name))
        return try HDF5Library.exclusively {
            guard let handle = Handle(H5Dopen2(file.id, name, chdf5_default()), closedBy: H5Dclose) else {
                throw ArchiveError(path: path, reason: "the tensor `\(name)` cannot be opened (\(Handle.lastError()))")
            }
            let value = try body(HDF5Dataset(handle, name: name, path: path, fileSize: fileSize, limits: limits))
            guard !source.file.isCut else {
                throw ArchiveError(path: path, reason: "has become shorter while it was read")
            }
            return value
        }
    }
}
