// What it costs to make a model of a file of weights: `LoadWeights FILE [cold]` prints, in milliseconds and by turns, how long
// reading the file into memory takes and how long loading it does, their ratio, and the most memory that loading takes beyond
// what the program holds, as a multiple of the file's size. With `cold` the file is put out of the system's memory before
// each.

import Foundation
import Pretrained

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    print("usage: LoadWeights FILE [cold]")
    exit(2)
}
let path = arguments[1]
let isCold = arguments.dropFirst(2).contains("cold")
let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0

func forget() {
    guard isCold else { return }
    let file = open(path, O_RDONLY)
    fdatasync(file)
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
    close(file)
}

func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    forget()
    return try ContinuousClock().measure { try body() } / .milliseconds(1)
}

/// The file's bytes, into memory that nobody has touched.
func readFile() {
    let file = open(path, O_RDONLY)
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
    var done = 0
    while done < size {
        let count = read(file, bytes + done, size - done)
        guard count > 0 else { break }
        done += count
    }
    precondition(done == size, "the file cannot be read")
    bytes.deallocate()
    close(file)
}

func status(_ field: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(field) }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 } ?? 0
}

let held = status("VmRSS:")
try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
_ = try Model.importing(path)
let peak = status("VmHWM:") - held

var (readings, loadings) = ([Double](), [Double]())
for _ in 0..<7 {
    readings.append(milliseconds(readFile))
    loadings.append(try milliseconds { _ = try Model.importing(path) })
}
func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
let (reading, loading) = (median(readings), median(loadings))
print(
    String(
        format: "%@ %@: read %.0f ms, load %.0f ms, ratio %.2f; memory %.2f of %d MB",
        URL(fileURLWithPath: path).lastPathComponent, isCold ? "cold" : "warm", reading, loading, loading / reading,
        Double(peak) / Double(size), size / 1_000_000))
