import CHDF5
import Files

extension HDF5Archive {
    package func attribute(_ name: String, of object: String) throws -> AttributeValue? {
        try checkReadable(.attribute(name, of: object))
        return try HDF5Library.exclusively { try attributeInside(name, of: object) }
    }

    private func attributeInside(_ name: String, of object: String) throws -> AttributeValue? {
        let objectPath = object.isEmpty ? "/" : object
        let exists = H5Aexists_by_name(file.id, objectPath, name, chdf5_default())
        guard exists != 0 else { return nil }
        guard exists > 0,
            let attribute = Handle(
                H5Aopen_by_name(file.id, objectPath, name, chdf5_default(), chdf5_default()), closedBy: H5Aclose)
        else { throw attributeError(name, object, "is damaged (\(Handle.lastError()))") }
        do {
            return try HDF5Attribute.value(of: attribute, byteLimit: limits.attributeBytes)
        } catch let problem as HDF5Attribute.Problem {
            throw attributeError(name, object, problem.words)
        }
    }

    package func attributeNames(of object: String) throws -> [String] {
        try checkReadable(.attributes(of: object))
        return try HDF5Library.exclusively { try attributeNamesInside(of: object) }
    }

    private func attributeNamesInside(of object: String) throws -> [String] {
        guard
            let handle = Handle(H5Oopen(file.id, object.isEmpty ? "/" : object, chdf5_default()), closedBy: H5Oclose)
        else { throw ArchiveError(path: path, reason: "`\(object)` cannot be opened (\(Handle.lastError()))") }
        let listing = AttributeListing()
        let result = H5Aiterate2(
            handle.id, H5_INDEX_NAME, H5_ITER_INC, nil,
            { _, name, _, context in
                guard let name, let context else { return -1 }
                let listing = Unmanaged<AttributeListing>.fromOpaque(context).takeUnretainedValue()
                listing.names.append(String(cPath: name))
                return listing.names.count < 100_000 ? 0 : -1
            }, Unmanaged.passUnretained(listing).toOpaque())
        guard result >= 0 else {
            throw ArchiveError(path: path, reason: "the attributes of `/\(object)` are damaged (\(Handle.lastError()))")
        }
        return listing.names
    }

    private func attributeError(_ name: String, _ object: String, _ words: String) -> ArchiveError {
        ArchiveError(path: path, reason: "the attribute `\(name)` of `/\(object)` \(words)")
    }
}

private final class AttributeListing { var names: [String] = [] }

/// Reads attributes.
enum HDF5Attribute {
    /// Why an attribute cannot be read.
    struct Problem: Error { let words: String }

    static func value(of attribute: Handle, byteLimit: Int) throws -> AttributeValue {
        guard let type = Handle(H5Aget_type(attribute.id), closedBy: H5Tclose),
            let space = Handle(H5Aget_space(attribute.id), closedBy: H5Sclose)
        else { throw damaged() }
        let count = H5Sget_simple_extent_type(space.id) == H5S_NULL ? 0 : Int(H5Sget_simple_extent_npoints(space.id))
        let size = H5Tget_size(type.id)
        guard count >= 0, size > 0, count <= byteLimit / size else {
            throw Problem(words: "declares an absurd size: \(count) elements of \(size) bytes")
        }
        switch H5Tget_class(type.id) {
        case H5T_STRING where H5Tis_variable_str(type.id) > 0:
            return .strings(try variableStrings(attribute, type, space, count))
        case H5T_STRING:
            return .strings(try fixedStrings(attribute, type, count, size))
        case H5T_INTEGER, H5T_FLOAT:
            var values = [Double](repeating: 0, count: count)
            if count > 0, H5Aread(attribute.id, chdf5_native_double(), &values) < 0 { throw damaged() }
            return .numbers(values)
        default:
            throw Problem(words: "holds neither strings nor numbers")
        }
    }

    private static func variableStrings(
        _ attribute: Handle, _ type: Handle, _ space: Handle, _ count: Int
    ) throws -> [String] {
        guard count > 0 else { return [] }
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        guard H5Aread(attribute.id, type.id, &pointers) >= 0 else { throw damaged() }
        defer { H5Dvlen_reclaim(type.id, space.id, chdf5_default(), &pointers) }
        return pointers.map { $0.map { String(cPath: $0) } ?? "" }
    }

    private static func fixedStrings(
        _ attribute: Handle, _ type: Handle, _ count: Int, _ size: Int
    ) throws -> [String] {
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count * size)
        guard H5Aread(attribute.id, type.id, &bytes) >= 0 else { throw damaged() }
        return (0..<count).map { index in
            let field = bytes[index * size..<(index + 1) * size]
            return String(fileName: field.prefix { $0 != 0 })
        }
    }

    private static func damaged() -> Problem { Problem(words: "is damaged (\(Handle.lastError()))") }
}
