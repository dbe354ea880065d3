import FuzzDriver
import Glibc
import Images

// Decodes what libFuzzer makes of pictures in the format that FINETUNE_FUZZ_READER names. An error is a good answer.

private let format = getenv("FINETUNE_FUZZ_READER").map { String(cString: $0) }
    .flatMap { reader in PictureFormat.allCases.first { $0.rawValue.lowercased() == reader } }

private func decode(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let file = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let format, FileContent(file) == .picture(format) else { return -1 }
    let image = try? Image(decoding: file, name: "fuzzed")
    precondition(image.map { $0.pixels.count == $0.width * $0.height * 3 } ?? true)
    return 0
}

private var count = CommandLine.argc
private var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments) { decode($0, $1) })
