import CHDF5

/// Where a dataset's bytes lie, and whether the file can hold what the dataset declares.
struct DatasetStorage {
    let dataset: Handle
    let creation: Handle
    let fileSize: Int
    /// The dataset's rank.
    let axisCount: Int

    /// Deflate packs no more than 1,032 bytes into one (RFC 1951); the small filters before it gain little.
    private static let largestCompression = 1100

    /// The reason to refuse the dataset, or nil.
    func problem(declaredBytes: Int, elementSize: Int, limits: HDF5Archive.Limits) -> String? {
        if H5Pget_external_count(creation.id) > 0 { return "is stored in another file: such datasets are refused" }
        switch H5Pget_layout(creation.id) {
        case H5D_COMPACT: return nil
        case H5D_CONTIGUOUS: return contiguousProblem(declaredBytes)
        case H5D_CHUNKED: return chunkedProblem(declaredBytes, elementSize, limits)
        case H5D_VIRTUAL: return "is a view of other datasets: virtual datasets are refused"
        default: return "is damaged: its storage layout is unknown (\(Handle.lastError()))"
        }
    }

    private func contiguousProblem(_ declaredBytes: Int) -> String? {
        guard declaredBytes > 0 else { return nil }
        let offset = H5Dget_offset(dataset.id)
        guard offset != chdf5_undefined_address() else {
            return declaredBytes > fileSize ? absurd(declaredBytes) : "was declared but never written"
        }
        guard declaredBytes <= fileSize, offset <= UInt64(fileSize - declaredBytes) else {
            return absurd(declaredBytes)
        }
        return nil
    }

    private func chunkedProblem(_ declaredBytes: Int, _ elementSize: Int, _ limits: HDF5Archive.Limits) -> String? {
        if let problem = filterProblem() { return problem }
        var chunk = [hsize_t](repeating: 0, count: 33)
        let rank = H5Pget_chunk(creation.id, 33, &chunk)
        guard rank >= 0, rank <= 33 else { return "is damaged (\(Handle.lastError()))" }
        guard rank == axisCount else { return "is damaged: it has \(axisCount) axes, and its chunks have \(rank)" }
        var chunkBytes = elementSize
        for size in chunk.prefix(Int(rank)) {
            let (product, overflow) = chunkBytes.multipliedReportingOverflow(by: Int(clamping: size))
            guard !overflow, product <= limits.tensorBytes else { return "declares chunks of an absurd size" }
            chunkBytes = product
        }

        // Unpacking takes the chunk, and the numbers as floats.
        let unpacked = max(declaredBytes, chunkBytes) + declaredBytes / elementSize * MemoryLayout<Float>.size
        let trusted = limits.memoryBytes(fileSize: fileSize)
        let stored = Int(clamping: H5Dget_storage_size(dataset.id))
        guard stored <= fileSize else { return absurd(stored) }
        let ratio = H5Pget_nfilters(creation.id) > 0 ? Self.largestCompression : 1
        guard declaredBytes / ratio <= stored, chunkBytes / ratio <= max(stored, 1 << 20) else {
            return stored == 0 && declaredBytes <= fileSize
                ? "was declared but never written" : absurd(declaredBytes)
        }
        guard unpacked <= trusted else {
            return """
                unpacks to \(declaredBytes) bytes, for which a file of \(fileSize) bytes is not trusted with the memory: \
                write it again without compression
                """
        }
        return nil
    }

    /// Names a compression that this HDF5 cannot undo.
    private func filterProblem() -> String? {
        for index in 0..<max(H5Pget_nfilters(creation.id), 0) {
            var flags: UInt32 = 0
            var valueCount = 0
            var configuration: UInt32 = 0
            var name = [CChar](repeating: 0, count: 128)
            let filter = H5Pget_filter2(
                creation.id, UInt32(index), &flags, &valueCount, nil, name.count, &name, &configuration)
            if filter < 0 { return "is damaged (\(Handle.lastError()))" }
            guard H5Zfilter_avail(filter) > 0 else {
                let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                return """
                    is compressed by filter \(filter)\(text.isEmpty ? "" : " (\(text))"), which HDF5 itself does not \
                    have: write it again with gzip or without compression
                    """
            }
        }
        return nil
    }

    private func absurd(_ bytes: Int) -> String {
        "declares \(bytes) bytes, more than the file of \(fileSize) bytes can hold: the file is damaged"
    }
}
