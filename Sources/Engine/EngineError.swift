import COneDNN
import Files

/// A plan that cannot be compiled or run.
package struct EngineError: UserFacingError {
    package let description: String
    package var kind = ErrorKind.failure
    /// The network of which somebody named what it does not have; nil for other errors.
    package var network: String?

    /// What oneDNN said when it refused `purpose`.
    static func library(_ purpose: String) -> EngineError {
        EngineError(description: "\(purpose): \(String(cString: dnn_last_error()))")
    }

    static func outOfMemory(_ byteCount: Int) -> EngineError {
        EngineError(
            description: "there are no \(byteCount >> 20) MiB of memory left; use a smaller batch or smaller images")
    }

    /// 8-bit integers are asked for where there are no instructions for them.
    package static let noIntegers = EngineError(
        description: "this processor cannot compute in int8, which needs AVX-512 VNNI or AVX-VNNI; use precision auto",
        kind: .usage)

    /// The parameters of a layer in 8-bit integers are other ones than those it was compiled for.
    static func changedIntegers(_ layer: String) -> EngineError {
        EngineError(description: "\(layer): its parameters have changed since it was compiled in 8-bit integers")
    }

    /// A precision is asked for that there are no instructions for.
    package static func unsupported(_ precision: Precision) -> EngineError {
        EngineError(
            description: "this processor cannot compute in \(precision.rawValue); use precision f32 (or auto)",
            kind: .usage)
    }
}
