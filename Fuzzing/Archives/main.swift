import Archives
import Files
import FuzzDriver
import Glibc

// Reads what libFuzzer makes of files of tensors, all of it and as programs do: HDF5 in a rehearsal first, whose process may
// crash inside the HDF5 library. An error is a good answer.

private let file = fuzz_memory_file("archive")
private let path = "/proc/self/fd/\(file)"

private func readAll() throws {
    let archive = try openArchive(path)
    for object in [""] + archive.groups {
        for name in (try? archive.attributeNames(of: object)) ?? [] { _ = try? archive.attribute(name, of: object) }
        _ = try? archive.strings("layer_names", of: object)
    }
    for entry in archive.entries {
        guard let tensor = try? archive.tensor(entry.name) else { continue }
        precondition(tensor.shape == entry.shape && tensor.values.count == entry.shape.reduce(1, *))
    }
}

private func read(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard ftruncate(file, 0) == 0, pwrite(file, bytes, count, 0) == count else { return -1 }
    do {
        try readAll()
    } catch let error as any UserFacingError {
        precondition(error.kind == .data)
    } catch {
        preconditionFailure("\(error)")
    }
    return 0
}

precondition(file >= 0, "no file in memory")
fuzz_share_counters()
private var count = CommandLine.argc
private var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments) { read($0, $1) })
