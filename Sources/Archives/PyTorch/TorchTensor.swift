/// Elements one behind the other in a file of PyTorch's, in which tensors lie.
struct TorchStorage {
    /// What the file calls it.
    let key: String
    /// Nil where its elements are bytes that become numbers only in a tensor.
    let elementType: TensorEntry.ElementType?
    /// How many elements the file has under the key.
    let wholeCount: Int
    /// Those of them that this storage is.
    let range: Range<Int>

    /// - Parameter part: the first element and how many there are, where it is a part of what the file has under the key.
    init(
        _ key: String, _ elementType: TensorEntry.ElementType?, count: Int, part: (offset: Int, count: Int)? = nil
    ) throws(PickleFault) {
        let (offset, partCount) = part ?? (0, count)
        guard count >= 0, offset >= 0, offset <= count, partCount >= 0, partCount <= count - offset else {
            throw PickleFault(
                "declares an absurd size of the storage `\(key)`: it is damaged; copy or download it again")
        }
        (self.key, self.elementType, wholeCount) = (key, elementType, count)
        range = offset..<offset + partCount
    }

    var elementSize: Int { elementType?.byteCount ?? 1 }
}

/// A tensor of PyTorch's: a view of a storage.
struct TorchTensor {
    let storage: TorchStorage
    let elementType: TensorEntry.ElementType
    /// Where its first element lies, in elements from the beginning of its storage.
    let offset: Int
    let shape: [Int]
    /// How many elements lie from one to the next along each axis.
    let strides: [Int]

    /// - Throws: `PickleFault` where it would not lie within its storage.
    init(
        in storage: TorchStorage, _ elementType: TensorEntry.ElementType, offset: Int, shape: [Int], strides: [Int]
    ) throws(PickleFault) {
        (self.storage, self.elementType, self.offset, self.shape) = (storage, elementType, offset, shape)
        let rowMajor = StoredArray.rowMajorStrides(of: shape)
        guard strides.count == shape.count, shape.allSatisfy({ $0 >= 0 }) else {
            throw PickleFault("is damaged: a tensor has \(shape.count) axes and \(strides.count) strides")
        }
        // Along an axis of one element nobody steps.
        self.strides = shape.indices.map { shape[$0] == 1 ? rowMajor[$0] : strides[$0] }
        guard liesWithinStorage else {
            throw PickleFault(
                "is damaged: a tensor of \(shape.timesList) elements reaches beyond its storage `\(storage.key)`; copy or download it again"
            )
        }
    }

    private var liesWithinStorage: Bool {
        if shape.contains(0) { return true }
        guard offset >= 0, let last = StoredArray.lastElement(of: shape, strides: strides),
            let byteCount = [storage.range.count, storage.elementSize].boundedProduct
        else { return false }
        let count = byteCount / (elementType.byteCount ?? 1)
        return offset < count && last < count - offset
    }
}
