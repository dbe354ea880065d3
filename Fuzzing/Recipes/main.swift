import Files
import FuzzDriver
import Glibc
import Recipes

// Reads what libFuzzer makes of recipes, as a file: up to the first zero the recipe, behind it a value for --set. An error is
// a good answer if it is legible; a recipe that is read must mean the same when it is written and read again.

private let file = fuzz_memory_file("recipe")
private let path = "/proc/self/fd/\(file)"

private func read(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let parts = UnsafeBufferPointer(start: bytes, count: count).split(separator: 0, maxSplits: 1)
    let recipe = parts.first.map { [UInt8]($0) } ?? []
    guard ftruncate(file, 0) == 0, pwrite(file, recipe, recipe.count, 0) == recipe.count else { return -1 }
    do {
        let overrides = parts.dropFirst().map { String(decoding: $0, as: UTF8.self) }
        let recipe = try Recipe.read(path, overrides: overrides)
        let again = try Recipe.parse(recipe.yaml, path: path)
        precondition(again == recipe, "written as\n\(recipe.yaml)")
    } catch let error as any UserFacingError {
        precondition("\(error)" == "\(error)".legibleLines && error.kind == .usage)
    } catch {
        preconditionFailure("\(error)")
    }
    return 0
}

precondition(file >= 0, "no file in memory")
private var count = CommandLine.argc
private var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments) { read($0, $1) })
