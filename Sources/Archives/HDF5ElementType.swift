import CHDF5

/// Recognises how elements are stored.
enum HDF5ElementType {
    /// - Parameter mark: the dataset's attribute `dtype`, if any.
    static func of(_ type: Handle, marked mark: String?) -> TensorEntry.ElementType {
        let size = H5Tget_size(type.id)
        if mark == "bfloat16", size == 2 { return .bfloat16 }
        switch H5Tget_class(type.id) {
        case H5T_FLOAT: return float(type, size: size)
        case H5T_INTEGER:
            // Types whose bits do not fill their bytes exist, but nobody stores weights so.
            guard [1, 2, 4, 8].contains(size), H5Tget_precision(type.id) == 8 * size else {
                return .other("unusual integers")
            }
            return .integer(bits: 8 * size, signed: H5Tget_sign(type.id) == H5T_SGN_2)
        case H5T_STRING: return .other("strings")
        case H5T_COMPOUND: return .other("compounds")
        case H5T_ENUM: return .other("an enumeration")
        case H5T_OPAQUE: return .other("opaque bytes")
        case H5T_REFERENCE: return .other("references")
        case H5T_VLEN: return .other("lists of varying length")
        case H5T_ARRAY: return .other("arrays")
        default: return .other("elements of an unknown type")
        }
    }

    private static func float(_ type: Handle, size: Int) -> TensorEntry.ElementType {
        func equals(_ other: hid_t) -> Bool { H5Tequal(type.id, other) > 0 }
        if equals(chdf5_float32_le()) || equals(chdf5_float32_be()) { return .float32 }
        if equals(chdf5_float64_le()) || equals(chdf5_float64_be()) { return .float64 }
        if size == 2, let half = Handle(chdf5_float16_le(), closedBy: H5Tclose), equals(half.id) { return .float16 }
        return .other("floats of an unusual kind (\(size) bytes)")
    }
}
