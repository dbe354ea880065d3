import Foundation
import Images

/// Writes a data set of plain pictures with some noise: `train/<colour>` and `test/<colour>` for blue, green and red.
public func writePictures(in folder: String, side: Int = 16, training: Int = 8, testing: Int = 4) throws {
    let colours: [(name: String, red: Int, green: Int, blue: Int)] = [
        ("blue", 40, 60, 200), ("green", 50, 190, 70), ("red", 210, 50, 40),
    ]
    for (part, count) in [("train", training), ("test", testing)] {
        for colour in colours {
            let path = "\(folder)/\(part)/\(colour.name)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for index in 0..<count {
                var noise = UInt32(index * 7919 + part.count)
                let pixels = (0..<side * side).flatMap { _ in
                    [colour.red, colour.green, colour.blue].map { level in
                        noise = noise &* 1_664_525 &+ 1_013_904_223
                        return UInt8(clamping: level + Int(noise >> 26) - 32)
                    }
                }
                let data = try Image(width: side, height: side, pixels: pixels).pngData()
                try Data(data).write(to: URL(fileURLWithPath: "\(path)/\(index).png"))
            }
        }
    }
}
