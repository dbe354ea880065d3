import COpenBLAS
import Tensors

// OpenBLAS orders its sums by the shape of a product and by the number of its threads. So each product is cut into
// parts of one size, each of them a product on one thread: results depend on neither, and the parts keep to the threads
// there are.

/// How many rows or columns of a result are one part.
private let partSize = 256

private let usesOneThread: Void = openblas_set_num_threads(1)

/// Calls `body` with each part of `0..<count`.
private func forEachPart(of count: Int, _ body: @Sendable (Range<Int>) -> Void) {
    usesOneThread
    concurrentForEach((count + partSize - 1) / partSize) { part in
        body(part * partSize..<min((part + 1) * partSize, count))
    }
}

/// result += A·Bᵀ for A of `rows` × `inner` and B of `columns` × `inner`, all row after row.
/// - Parameter result: `rows` × `columns`.
func addProduct(
    _ a: UnsafePointer<Double>, rows: Int, inner: Int, transposed b: UnsafePointer<Double>, columns: Int,
    to result: UnsafeMutablePointer<Double>
) {
    nonisolated(unsafe) let (a, b, result) = (a, b, result)
    forEachPart(of: rows) { part in
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(part.count), Int32(columns), Int32(inner), 1,
            a + part.lowerBound * inner, Int32(inner), b, Int32(inner), 1, result + part.lowerBound * columns,
            Int32(columns))
    }
}

/// result += Aᵀ·B for A of `inner` × `rows` and B of `inner` × `columns`, all row after row.
/// - Parameter result: `rows` × `columns`.
func addProduct(
    transposed a: UnsafePointer<Double>, rows: Int, inner: Int, _ b: UnsafePointer<Double>, columns: Int,
    to result: UnsafeMutablePointer<Double>
) {
    nonisolated(unsafe) let (a, b, result) = (a, b, result)
    forEachPart(of: columns) { part in
        cblas_dgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, Int32(rows), Int32(part.count), Int32(inner), 1, a, Int32(rows),
            b + part.lowerBound, Int32(columns), 1, result + part.lowerBound, Int32(columns))
    }
}

/// A·Bᵀ in single precision, as above; replaces the result.
func writeProduct(
    _ a: UnsafePointer<Float>, rows: Int, inner: Int, transposed b: UnsafePointer<Float>, columns: Int,
    to result: UnsafeMutablePointer<Float>
) {
    nonisolated(unsafe) let (a, b, result) = (a, b, result)
    forEachPart(of: rows) { part in
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(part.count), Int32(columns), Int32(inner), 1,
            a + part.lowerBound * inner, Int32(inner), b, Int32(inner), 0, result + part.lowerBound * columns,
            Int32(columns))
    }
}
