import CHDF5
import Files
import Foundation
import Tensors

/// An HDF5 file in the making.
///
/// It grows in memory, unless it is told otherwise. `close()` writes it under a temporary name beside its place and then
/// gives it its own: whoever reads sees the old file or the whole new one. A writer that goes away unclosed leaves nothing
/// behind. What has grown in memory is sealed with a checksum, which `HDF5Archive` verifies.
package final class HDF5Writer {
    /// Where the file will be.
    package let path: String
    private let pending: PendingFile
    private var file: hid_t = -1
    private let linkCreation: Handle?
    private let growsOnDisk: Bool
    /// What is copied into the file once HDF5 is done with it.
    private var copies: [(source: String, from: Int, byteCount: Int, to: Int)] = []

    /// Begins a file that will replace whatever is at `path`.
    /// - Parameter growsOnDisk: for files that are to hold large arrays out of other files.
    /// - Throws: `ArchiveError` where the folder is missing or not writable.
    package init(path: String, growsOnDisk: Bool = false) throws {
        self.path = path
        self.growsOnDisk = growsOnDisk
        do {
            // Better now than after the work is done.
            pending = try PendingFile(replacing: path)
        } catch {
            throw Self.systemError(path, error)
        }
        (file, linkCreation) = HDF5Library.exclusively { [temporaryPath = pending.temporaryPath] in
            let linkCreation = Handle(H5Pcreate(chdf5_link_creation()), closedBy: H5Pclose)
            if let linkCreation { H5Pset_create_intermediate_group(linkCreation.id, 1) }
            // The lock on the file is ours.
            let access = Handle(
                growsOnDisk ? chdf5_unlocked_access() : chdf5_memory_access(64 << 10), closedBy: H5Pclose)
            let file = temporaryPath.withCPath {
                H5Fcreate($0, chdf5_truncate(), chdf5_default(), access?.id ?? chdf5_default())
            }
            return (file, linkCreation)
        }
        guard file >= 0 else { throw failure("the file") }
    }

    deinit {
        HDF5Library.exclusively {
            if file >= 0 { H5Fclose(file) }
        }
    }

    /// Creates a group and those above it.
    package func group(_ name: String) throws {
        try HDF5Library.exclusively {
            guard
                let group = Handle(
                    H5Gcreate2(file, name, linkCreation?.id ?? chdf5_default(), chdf5_default(), chdf5_default()),
                    closedBy: H5Gclose)
            else { throw failure("the group `\(name)`") }
            withExtendedLifetime(group) {}
        }
    }

    // MARK: Arrays

    /// Writes 32-bit floats.
    package func write(_ name: String, shape: [Int], _ values: UnsafeBufferPointer<Float>) throws {
        precondition(values.count == shape.product, "\(values.count) values do not fill the shape \(shape)")
        try write(name, shape, chdf5_float32_le(), chdf5_native_float(), values.baseAddress)
    }

    /// Writes a tensor as 32-bit floats.
    package func write(_ name: String, _ tensor: Tensor) throws {
        try tensor.values.withUnsafeBufferPointer { try write(name, shape: tensor.shape, $0) }
    }

    /// Writes a list of 64-bit integers.
    package func write(_ name: String, _ values: [Int64]) throws {
        try values.withUnsafeBufferPointer {
            try write(name, [values.count], chdf5_int64_le(), chdf5_native_int64(), $0.baseAddress)
        }
    }

    /// Writes a list of 64-bit floats.
    package func write(_ name: String, _ values: [Double]) throws {
        try values.withUnsafeBufferPointer {
            try write(name, [values.count], chdf5_float64_le(), chdf5_native_double(), $0.baseAddress)
        }
    }

    /// Writes bytes.
    package func write(_ name: String, _ bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer {
            try write(name, [bytes.count], chdf5_uint8(), chdf5_native_uint8(), $0.baseAddress)
        }
    }

    /// Writes texts of any length as UTF-8.
    package func write(_ name: String, _ texts: [String]) throws {
        try HDF5Library.exclusively {
            try withTexts(texts) { type, copies in
                try writeInside(name, [texts.count], type, type, copies)
            }
        }
    }

    /// Reserves room for 32-bit floats that `close()` copies from another file, where they lie as they do in memory.
    /// - Parameters:
    ///   - source: the other file, which stays as it is until then.
    ///   - offset: where they begin in it.
    package func write(_ name: String, shape: [Int], copying source: String, from offset: Int) throws {
        precondition(growsOnDisk, "what grows in memory has no place in a file yet")
        try HDF5Library.exclusively {
            let extents = shape.map { hsize_t($0) }
            guard let space = Handle(H5Screate_simple(Int32(shape.count), extents, nil), closedBy: H5Sclose),
                let creation = Handle(chdf5_dataset_creation(1), closedBy: H5Pclose),
                let dataset = Handle(
                    H5Dcreate2(
                        file, name, chdf5_float32_le(), space.id, linkCreation?.id ?? chdf5_default(), creation.id,
                        chdf5_default()), closedBy: H5Dclose)
            else { throw failure("the tensor `\(name)`") }
            guard shape.product > 0 else { return }
            let place = H5Dget_offset(dataset.id)
            guard place != chdf5_undefined_address() else { throw failure("the tensor `\(name)`") }
            copies.append((source, offset, 4 * shape.product, Int(place)))
        }
    }

    private func write(
        _ name: String, _ shape: [Int], _ storedType: hid_t, _ memoryType: hid_t, _ values: UnsafeRawPointer?
    ) throws {
        try HDF5Library.exclusively { try writeInside(name, shape, storedType, memoryType, values) }
    }

    private func writeInside(
        _ name: String, _ shape: [Int], _ storedType: hid_t, _ memoryType: hid_t, _ values: UnsafeRawPointer?
    ) throws {
        let extents = shape.map { hsize_t($0) }
        guard
            let space = Handle(
                shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), extents, nil),
                closedBy: H5Sclose),
            let creation = Handle(chdf5_dataset_creation(0), closedBy: H5Pclose),
            let dataset = Handle(
                H5Dcreate2(
                    file, name, storedType, space.id, linkCreation?.id ?? chdf5_default(), creation.id,
                    chdf5_default()), closedBy: H5Dclose)
        else { throw failure("the tensor `\(name)`") }
        guard shape.product > 0 else { return }
        let all = chdf5_whole_space()
        guard H5Dwrite(dataset.id, memoryType, all, all, chdf5_default(), values) >= 0 else {
            throw failure("the tensor `\(name)`")
        }
    }

    // MARK: Attributes

    /// Gives an object (`""` is the root) a text of any length.
    package func setAttribute(_ name: String, of object: String = "", to value: String) throws {
        try setAttribute(name, of: object, strings: [value], extents: nil)
    }

    /// Gives an object a list of texts; long lists are split into `name0`, `name1`, … as Keras does.
    package func setAttribute(_ name: String, of object: String = "", to values: [String]) throws {
        // An attribute holds 64 KiB less its header, and 16 bytes refer to one text.
        let most = 4000
        guard values.count > most else {
            return try setAttribute(name, of: object, strings: values, extents: [hsize_t(values.count)])
        }
        for (index, start) in stride(from: 0, to: values.count, by: most).enumerated() {
            let part = Array(values[start..<min(start + most, values.count)])
            try setAttribute("\(name)\(index)", of: object, strings: part, extents: [hsize_t(part.count)])
        }
    }

    /// Gives an object a number.
    package func setAttribute(_ name: String, of object: String = "", to value: Double) throws {
        try setAttribute(name, of: object, numbers: [value], extents: nil)
    }

    /// Gives an object a list of numbers, at most 8,000.
    package func setAttribute(_ name: String, of object: String = "", to values: [Double]) throws {
        precondition(values.count <= 8000, "an attribute is no place for a table")
        try setAttribute(name, of: object, numbers: values, extents: [hsize_t(values.count)])
    }

    private func setAttribute(_ name: String, of object: String, numbers: [Double], extents: [hsize_t]?) throws {
        try HDF5Library.exclusively {
            try withAttribute(name, of: object, storedType: chdf5_float64_le(), extents: extents) { attribute in
                numbers.isEmpty ? 0 : H5Awrite(attribute, chdf5_native_double(), numbers)
            }
        }
    }

    private func setAttribute(_ name: String, of object: String, strings: [String], extents: [hsize_t]?) throws {
        try HDF5Library.exclusively { try setStrings(name, of: object, strings: strings, extents: extents) }
    }

    private func setStrings(_ name: String, of object: String, strings: [String], extents: [hsize_t]?) throws {
        try withTexts(strings) { type, copies in
            try withAttribute(name, of: object, storedType: type, extents: extents) { attribute in
                strings.isEmpty ? 0 : H5Awrite(attribute, type, copies)
            }
        }
    }

    /// Hands out the type of texts of any length, and the texts as C has them.
    private func withTexts(_ texts: [String], _ body: (hid_t, UnsafeRawPointer?) throws -> Void) throws {
        guard let type = Handle(H5Tcopy(chdf5_c_string()), closedBy: H5Tclose) else { throw failure("texts") }
        H5Tset_size(type.id, chdf5_variable())
        H5Tset_cset(type.id, H5T_CSET_UTF8)
        let copies = texts.map { $0.withCPath(strdup) }
        defer { for copy in copies { free(copy) } }
        try copies.withUnsafeBytes { try body(type.id, $0.baseAddress) }
    }

    private func withAttribute(
        _ name: String, of object: String, storedType: hid_t, extents: [hsize_t]?, _ write: (hid_t) -> herr_t
    ) throws {
        guard
            let space = Handle(
                extents.map { H5Screate_simple(1, $0, nil) } ?? H5Screate(H5S_SCALAR), closedBy: H5Sclose),
            let attribute = Handle(
                H5Acreate_by_name(
                    file, object.isEmpty ? "/" : object, name, storedType, space.id, chdf5_default(),
                    chdf5_default(), chdf5_default()), closedBy: H5Aclose),
            write(attribute.id) >= 0
        else { throw failure("the attribute `\(name)` of `/\(object)`") }
    }

    // MARK: End

    /// Finishes the file, waits until the disk has it, and gives it its name.
    /// - Throws: `ArchiveError` where the disk is full or the place not writable; what was there before stays.
    package func close() throws {
        precondition(file >= 0, "a file is closed once")
        try HDF5Library.exclusively {
            defer {
                H5Fclose(file)
                file = -1
            }
            guard H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 else { throw failure("the file") }
            if growsOnDisk { return }
            var size = 0
            guard let bytes = chdf5_memory(file, &size) else { throw failure("the file") }
            let contents = UnsafeRawBufferPointer(start: bytes, count: size)
            try writeToDisk(contents)
            try Seal.closing(contents).withUnsafeBytes(writeToDisk)
        }
        for copy in copies { try write(copy) }
        do {
            try pending.commit()
        } catch {
            throw Self.systemError(path, error)
        }
    }

    private func writeToDisk(_ bytes: UnsafeRawBufferPointer) throws {
        do {
            try FileSystem.write(bytes, to: pending.descriptor)
        } catch {
            throw Self.systemError(path, error)
        }
    }

    private func write(_ copy: (source: String, from: Int, byteCount: Int, to: Int)) throws {
        do {
            var place = copy.to
            try RegularFile(copy.source).forEachPart(copy.byteCount, from: copy.from) { part in
                try FileSystem.write(part, to: pending.descriptor, at: place)
                place += part.count
            }
        } catch let error as SystemError {
            throw Self.systemError(path, error)
        }
    }

    private static func systemError(_ path: String, _ error: SystemError = SystemError()) -> ArchiveError {
        let reason = error.code == EWOULDBLOCK ? "another process is writing it; wait for its end" : "\(error)"
        return ArchiveError(path: path, reason: "cannot be written: \(reason)", kind: .failure)
    }

    private func failure(_ what: String) -> ArchiveError {
        ArchiveError(path: path, reason: "\(what) cannot be written (\(Handle.lastError()))", kind: .failure)
    }
}
