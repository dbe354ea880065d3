import Files
import FuzzDriver
import Glibc
import Pretrained

// Inspects what libFuzzer makes of files of weights, as the command does: their layers are named, compared with every network,
// and told in a table. An error is a good answer.

private let file = fuzz_memory_file("weights")
private let path = "/proc/self/fd/\(file)"

private func read(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard ftruncate(file, 0) == 0, pwrite(file, bytes, count, 0) == count else { return -1 }
    do {
        let inspection = try WeightInspection(path: path)
        precondition(!inspection.text.isEmpty && !inspection.text(byParameter: true).isEmpty)
    } catch let error as any UserFacingError {
        precondition(error.kind == .data)
    } catch {
        preconditionFailure("\(error)")
    }
    return 0
}

precondition(file >= 0, "no file in memory")
private var count = CommandLine.argc
private var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments) { read($0, $1) })
