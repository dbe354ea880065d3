import Files
import FuzzDriver
import Glibc

// Reads what libFuzzer makes of files of NumPy arrays: as an array, as a zip archive, and as an archive of arrays. An error is
// a good answer.

private let file = fuzz_memory_file("arrays")
private let path = "/proc/self/fd/\(file)"
private let limit = 16 << 20

private func attempt(_ body: () throws -> Void) {
    do {
        try body()
    } catch let error as any UserFacingError {
        precondition(error.kind == .data)
    } catch {
        preconditionFailure("\(error)")
    }
}

private func use(_ array: NPYArray) {
    precondition(array.count == array.shape.reduce(1, *) && array.count == array.header.elementCount)
    for count in [array.bytes?.count, array.integers()?.count, array.doubles()?.count, array.texts()?.count] {
        precondition(count == nil || count == array.count)
    }
}

private func readEntries() throws {
    let archive = try ZipArchive(path)
    for entry in archive.entries {
        attempt {
            let bytes = try archive.bytes(of: entry, limit: limit)
            precondition(bytes.count == entry.byteCount)
        }
    }
}

private func readArrays() throws {
    let archive = try NPZArchive(path)
    for name in archive.names { attempt { use(try archive.array(name, limit: limit)) } }
}

private func read(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard ftruncate(file, 0) == 0, pwrite(file, bytes, count, 0) == count else { return -1 }
    attempt { use(try NPYArray(contentsOf: path, limit: limit)) }
    attempt(readEntries)
    attempt(readArrays)
    return 0
}

precondition(file >= 0, "no file in memory")
private var count = CommandLine.argc
private var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments) { read($0, $1) })
