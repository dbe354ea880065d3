import Engine
import Files
import Pretrained

/// What computes: another build, library or processor may come to other last bits.
package enum ProgramIdentity {
    /// Such as `finetune 0.1.0, build 3f0c…`: the build is the checksum of the program's own file.
    package static let words: String = {
        let build = (try? Checksum(file: "/proc/self/exe"))?.hexDigits ?? "unknown"
        return "finetune \(toolVersion), build \(build)"
    }()

    package static var library: String {
        "oneDNN \(ComputeLibrary.version), instruction set \(ComputeLibrary.instructionSet)"
    }
}
