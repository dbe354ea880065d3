import Images
import TestSupport

// Decodes the picture files whose names it reads from standard input, one a line, and prints a line for each: width, height
// and the CRC-32 of its pixels, or why there is none. Scripts/compare_with_pillow.py asks it.

while let path = readLine() {
    do {
        let image = try Image(contentsOf: path)
        print("\(path)\t\(image.width) \(image.height) \(image.crc)")
    } catch {
        print("\(path)\trefused: \(String(describing: error).dropFirst(path.count + 2))")
    }
}
