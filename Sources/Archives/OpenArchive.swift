import Files

/// Opens a file of tensors as the container that its first bytes say it is; of a folder, as Hugging Face's libraries save a
/// model, the file of weights in it.
/// - Throws: `ArchiveError` or `NumPyError` where it is missing, of no known container, cut short, damaged or
///   hostile; `CancellationError` where the work is to end meanwhile.
package func openArchive(_ path: String) throws -> any TensorArchive {
    let path = FileSystem.isFolder(path) ? try weightFile(inFolder: path) : path
    let kind = try FileSignature.container(of: path).kind
    if kind != .shardList { try ShardedArchive.refuseShard(path) }
    return try openFile(path, kind)
}

/// - Parameter kind: the file's; a list of files leads to no other list.
private func openFile(_ path: String, _ kind: FileSignature.Kind) throws -> any TensorArchive {
    switch kind {
    case .hdf5: try HDF5Archive(path: path)
    case .zip: try openZip(path)
    case .torchStream: try TorchStream.archive(path)
    case .torchTar: try TorchTar.archive(path)
    case .safetensors: try Safetensors.archive(MappedFile(tensors: path))
    case .onnx: try ONNXInitializers.archive(MappedFile(tensors: path))
    case .shardList:
        try ShardedArchive(path: path) { shard in
            let kind = try FileSignature.container(of: shard).kind
            guard kind != .shardList else { throw ArchiveError(path: shard, reason: "is a list of tensors in a list") }
            return try openFile(shard, kind)
        }
    }
}

private func openZip(_ path: String) throws -> any TensorArchive {
    do {
        return try archive(in: ZipArchive(path))
    } catch let error as ZipError {
        throw ArchiveError(error)
    }
}

/// Whose archive it is, its entries tell.
private func archive(in archive: ZipArchive) throws -> any TensorArchive {
    let path = archive.path
    if TorchZip.folder(in: archive) != nil { return try TorchZip.archive(archive) }
    if KerasArchive.isOne(archive) { return try KerasArchive(archive) }
    if archive.entries.contains(where: { $0.name.hasSuffix(".npy") }) { return try NPZTensors(path: path) }
    if archive.entries.contains(where: isOfTorchExport) {
        throw ArchiveError(
            path: path,
            reason: """
                is a program of torch.export (.pt2), no dictionary of weights: save that, in Python \
                torch.save(torch.export.load("x.pt2").state_dict, "x.pth")
                """)
    }
    throw ArchiveError(
        path: path,
        reason: """
            is a zip archive of no known kind: known are Keras' .keras, PyTorch's .pth and NumPy's .npz; unpack another \
            one first
            """)
}

/// PyTorch marks its archives; those of earlier versions have the program in their root.
private func isOfTorchExport(_ entry: ZipArchive.Entry) -> Bool {
    entry.name.hasSuffix("/archive_format") || entry.name == "serialized_exported_program.json"
}

/// The file of weights in a folder, by the names that Hugging Face's libraries give it.
private func weightFile(inFolder folder: String) throws(ArchiveError) -> String {
    let names = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    ]
    guard let name = names.first(where: { FileSystem.exists("\(folder)/\($0)") }) else {
        throw ArchiveError(
            path: folder, reason: "is a folder without a file of weights: none of \(names.listed("and")) lies in it")
    }
    return "\(folder)/\(name)"
}
