import COneDNN
import Kernels

/// The type of activations and of the weights that convolutions read. Master weights, statistics, losses and optimiser
/// state are 32-bit floats in either.
public enum Precision: String, CaseIterable, Sendable {
    case f32, bf16

    /// bf16 where the processor has AMX tiles for it, or is AMD's with AVX-512 BF16; else f32: elsewhere bf16 was measured
    /// no faster.
    public static var automatic: Precision { dnn_computes_fast_in_bf16() && Precision.bf16.isSupported ? .bf16 : .f32 }

    /// Whether oneDNN computes in this type on this processor.
    public var isSupported: Bool { dnn_supports(type) }

    var type: dnn_type { self == .bf16 ? DNN_BF16 : DNN_F32 }
    /// The bytes of one number.
    package var byteCount: Int { self == .bf16 ? 2 : 4 }
}

/// What batch norm does in the stages that are trained; frozen stages always keep their stored statistics.
public enum BatchNormMode: String, CaseIterable, Sendable {
    /// Stored statistics, never moved; scale and shift are trained.
    case frozen
    /// Statistics of the batch; the stored ones follow with momentum 0.1.
    case adapt
}

/// The computing library and its threads.
package enum ComputeLibrary {
    /// The version of oneDNN in use, such as `2.6.3`.
    package static var version: String { String(cString: dnn_version()) }

    /// The number that oneDNN has for the best instruction set it uses here.
    package static var instructionSet: Int { Int(dnn_instruction_set()) }

    /// How many threads compute, whichever thread asks them to.
    package static var threadCount: Int { Int(parallel_threads()) }

    /// Lets so many threads compute, in the whole process.
    /// - Parameter count: nil for one a processor that the process may use, or what `OMP_NUM_THREADS` said when the program
    ///   began.
    package static func useThreads(_ count: Int?) { parallel_set_threads(Int32(count ?? 0)) }

    /// Lets so many threads compute in the whole process while `body` runs, and then as many as before.
    /// - Parameter count: as `useThreads` takes it.
    package static func withThreads<Result>(_ count: Int?, _ body: () throws -> Result) rethrows -> Result {
        let before = parallel_requested_threads()
        useThreads(count)
        defer { parallel_set_threads(before) }
        return try body()
    }
}
