import Datasets
import Files
import Foundation
import Images
import TestSupport
import Testing

/// Images and labels in NumPy's archives, those of NumPy itself and others.
@Suite struct PixelArrayTests {
    let tree: DataTree

    init() throws { tree = try DataTree() }

    /// What NumPy says that an array of images holds.
    private func expected(_ name: String) throws -> [Image] {
        let pictures = try JSON(parsing: String(contentsOfFile: golden("arrays/images.json"), encoding: .utf8))
        let one = try #require(pictures[name])
        let (height, width) = (try #require(one["height"]?.integerValue), try #require(one["width"]?.integerValue))
        return try #require(one["pixels"]?.arrayValue).map { row in
            let pixels = try #require(row.arrayValue).compactMap(\.integerValue)
            return Image(width: width, height: height, pixels: pixels.map { UInt8($0) })
        }
    }

    private func images(_ samples: [Sample]) throws -> [Image] { try samples.map { try $0.content.image() } }

    private func read(
        _ file: String, _ images: String? = nil, _ labels: String? = nil, _ target: TargetKind = .category,
        _ change: (inout TableOptions) -> Void = { _ in }
    ) throws -> ImageSet {
        var options = TableOptions()
        options.columns.path = images
        options.columns.labels = labels.map { [$0] } ?? []
        options.target = target
        change(&options)
        return try ImageSet(scanning: golden("arrays/\(file).npz"), options)
    }

    // MARK: - Names

    @Test func filesOfKerasServeTrainingAndTest() throws {
        let path = golden("arrays/keras.npz")
        let dataset = try Dataset(train: path, test: path, seed: 1)
        #expect(dataset.classNames == ["0", "1", "4", "5"])
        #expect(dataset[.training].map(\.label) == [3, 0, 2, 1, 0, 3])
        #expect(dataset[.test].map(\.label) == [2, 0, 3])
        #expect(dataset[.test].map(\.name) == ["row 1", "row 2", "row 3"])
        #expect(dataset[.test][2].path == "\(path): x_test[2]")
        #expect(try images(dataset[.training]) == expected("keras/x_train"))
        #expect(try images(dataset[.test]) == expected("keras/x_test"))
        #expect(
            throws: NumPyError(
                path: path, reason: "has no validation images; there are: `x_test`, `x_train`, `y_train`, `y_test`")
        ) {
            try Dataset(train: path, validation: .source(path), seed: 1)
        }
    }

    @Test func filesOfMedMNISTServeAllParts() throws {
        let path = golden("arrays/medmnist.npz")
        let dataset = try Dataset(train: path, validation: .source(path), test: path, seed: 1)
        #expect(dataset.classNames == ["0", "1", "2"])
        #expect(dataset[.training].map(\.label) == [0, 2, 1, 0, 1, 2])
        #expect(dataset[.validation].map(\.label) == [2, 0])
        #expect(dataset[.test].map(\.label) == [1, 1, 0])
        for (role, name) in [(DatasetRole.training, "train"), (.validation, "val"), (.test, "test")] {
            #expect(try images(dataset[role]) == expected("medmnist/\(name)_images"))
        }
        let split = try Dataset(train: path, validation: .fraction(0.5), seed: 1)
        #expect(split[.training].count == 3 && split[.validation].count == 3)
    }

    @Test func whichOfSeveralMustBeTold() throws {
        let path = golden("arrays/medmnist.npz")
        var options = TableOptions()
        options.terms.part = "a word"
        let error = #expect(throws: NumPyError.self) { try ImageSet(detecting: path, options) }
        #expect(
            error?.reason
                == "has images for several purposes; a word says which. There are: `train_images`, `train_labels`, "
                + "`val_images`, `val_labels`, `test_images`, `test_labels`")
        let validation = try ImageSet(scanning: path, role: .validation)
        #expect(validation.samples.count == 2)
    }

    /// Writes an archive of arrays of bytes or eight-byte numbers.
    private func write(_ arrays: [(name: String, file: [UInt8])]) throws -> String {
        let path = tree.path("t.npz")
        let zip = try ZipFile(path)
        for (name, file) in arrays {
            try zip.add(name + ".npy", byteCount: file.count) { try file.withUnsafeBytes($0) }
        }
        try zip.finish()
        return path
    }

    private func pixels(_ count: Int = 3, _ shape: [Int] = [2, 2]) -> [UInt8] {
        let size = count * shape.reduce(1, *)
        return npyFile("|u1", [count] + shape, (0..<size).map { UInt8($0 * 7 % 256) })
    }

    private func labels(_ values: [UInt8]) -> [UInt8] { npyFile("|u1", [values.count], values) }

    @Test(arguments: [
        ("X", "Y"), ("images", "labels"), ("Data", "Targets"), ("pixels", "y"), ("x_train", "y_train"),
        ("Train_Images", "TRAIN_LABELS"), ("x_test", "y_test"), ("X_valid", "y_val"), ("test_images", "labels"),
        ("val_x", "target"),
    ])
    func oneSetServesAnyPurpose(images: String, labels: String) throws {
        let path = try write([("notes", pixels()), (labels, self.labels([1, 0, 1])), (images, pixels())])
        for role in DatasetRole.allCases + [nil] {
            let folder = try ImageSet(scanning: path, role: role)
            #expect(folder.samples.map(\.label) == [1, 0, 1])
            #expect(folder.samples[1].path == "\(path): \(images)[1]")
        }
    }

    @Test func namesOfAPurposeGoFirst() throws {
        let path = try write([
            ("images", pixels(1)), ("labels", labels([1])), ("x_train", pixels()), ("y_train", labels([1, 0, 1])),
            ("x_test", pixels(2)), ("y_test", labels([0, 1])),
        ])
        #expect(try Dataset(train: path, test: path, seed: 1)[.training].count == 3)
        #expect(try Dataset(train: path, test: path, seed: 1)[.test].count == 2)
    }

    @Test func labelsMayBeAbsent() throws {
        let path = try write([("images", pixels())])
        let folder = try ImageSet(detecting: path)
        #expect(folder.samples.count == 3 && folder.classNames.isEmpty && folder.samples[0].target == nil)
        let error = #expect(throws: DatasetError.self) { try ImageSet(scanning: path) }
        #expect(
            error?.description
                == "\(path): no labels, and they are needed here: \(path): images[0] has none. They stand in an array "
                + "called `labels`, `y_train` or the like; `columns: {label: NAME}` says which")
    }

    // MARK: - Images

    @Test(arguments: [
        "grey", "grey-last", "grey-first", "interleaved", "planar", "rows", "fortran", "i2-little", "i2-big",
        "i4-little", "i4-big", "i8-little", "i8-big", "u2-little", "u2-big", "u4-little", "u4-big", "f2-little",
        "f2-big", "f4-little", "f4-big", "f8-little", "f8-big",
    ])
    func imagesInAllFormsAreThoseOfNumPy(_ name: String) throws {
        let folder = try read("layouts", name, "column")
        #expect(try images(folder.samples) == expected("layouts/\(name)"))
    }

    @Test func rowsHaveTheShapeThatIsTold() throws {
        let folder = try read("layouts", "planar-rows", "column") {
            $0.shape = .init(height: 3, width: 5, channels: 3, layout: .planar)
        }
        #expect(try images(folder.samples) == expected("layouts/planar-rows"))
        // Of three at both ends the options tell.
        let path = try write([("images", pixels(2, [3, 2, 3])), ("labels", labels([0, 1]))])
        var options = TableOptions()
        options.shape = .init(height: 2, width: 3, channels: 3, layout: .planar)
        let planar = try images(ImageSet(scanning: path, options).samples)
        #expect(planar[0].width == 3 && planar[0].height == 2 && planar[0].pixels.prefix(4) == [0, 42, 84, 7])
        let interleaved = try images(ImageSet(scanning: path).samples)
        #expect(interleaved[0].width == 2 && interleaved[0].pixels.prefix(4) == [0, 7, 14, 21])
    }

    // MARK: - Labels

    @Test(arguments: [
        ("integers", ["-1", "10", "7"], [2, 0, 2, 1]), ("column", ["1", "10", "7"], [2, 0, 2, 1]),
        ("wholes", ["1", "10", "7"], [2, 0, 2, 1]), ("texts", ["Straße", "a", "b"], [2, 0, 2, 1]),
        ("bytes", ["a", "b", "x"], [1, 2, 1, 0]), ("one-hot", ["0", "1", "2"], [1, 0, 1, 2]),
    ])
    func labelsOfAllKindsAreRead(_ name: String, classes: [String], numbers: [Int]) throws {
        let folder = try read("layouts", "grey", name)
        #expect(folder.classNames == classes)
        #expect(folder.samples.map(\.label) == numbers)
    }

    @Test func imagesMayHaveSeveralLabelsOrNumbers() throws {
        let several = try read("layouts", "grey", "several", .categories)
        #expect(several.classNames == ["0", "1", "2"])
        #expect(
            several.samples.map(\.target)
                == [.categories([0, 2]), .categories([]), .categories([1]), .categories([0, 1, 2])])
        let parted = try read("layouts", "grey", "parted", .categories)
        #expect(parted.classNames == ["a", "b", "c"])
        #expect(
            parted.samples.map(\.target)
                == [.categories([0, 1]), .categories([]), .categories([1]), .categories([0, 2])])
        let prices = try read("layouts", "grey", "prices", .number)
        #expect(prices.samples.map(\.target) == [.number(0.5), .number(-2), .number(1e9), .number(3)])
    }

    /// A class whose column is never 1 is one all the same, and columns are in the order of their numbers.
    @Test func columnsAreClasses() throws {
        let flags = (0..<24).map { UInt8($0 == 11 || $0 == 12 + 2 ? 1 : 0) }
        let path = try write([("images", pixels(2)), ("labels", npyFile("|u1", [2, 12], flags))])
        let folder = try ImageSet(scanning: path)
        #expect(folder.classNames == (0..<12).map(String.init))
        #expect(folder.samples.map(\.label) == [11, 2])
    }

    // MARK: - Faults

    /// What is said of an archive, without the folder that it lies in.
    private func complaint(
        _ arrays: [(name: String, file: [UInt8])], _ target: TargetKind = .category,
        _ change: (inout TableOptions) -> Void = { _ in }
    ) throws -> String {
        var options = TableOptions()
        options.target = target
        change(&options)
        do {
            _ = try ImageSet(scanning: write(arrays), options, role: .test)
            return "none"
        } catch let error as any UserFacingError {
            #expect(error.kind == .data && error.isOneLine)
            return "\(error)".replacingOccurrences(of: tree.path + "/", with: "")
        }
    }

    private func bytes<Number>(_ numbers: [Number]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }

    private static let expectedLevels = "expected whole numbers from 0 to 255"
    private static let scaling = "save images of 0 to 1 as `(255 * x).round().astype(\"uint8\")`"

    @Test func faultsOfPixelsAreNamedWithTheirPlace() throws {
        func images(_ type: String, _ contents: [UInt8]) throws -> String {
            try complaint([("x", npyFile(type, [2, 2, 2], contents)), ("y", labels([0, 1]))])
        }
        #expect(
            try images("<i2", bytes([0, 1, 2, 3, 4, 5, 256, 7] as [Int16]))
                == "t.npz: the array `x` has 256 at [1, 1, 0]; \(Self.expectedLevels)")
        #expect(
            try images("|i1", bytes([0, 1, 2, -3, 4, 5, 6, 7] as [Int8]))
                == "t.npz: the array `x` has -3 at [0, 1, 1]; \(Self.expectedLevels)")
        #expect(
            try images("<f4", bytes([0, 1, 2, 3, 4.5, 5, 6, 7] as [Float]))
                == "t.npz: the array `x` has 4.5 at [1, 0, 0]; \(Self.expectedLevels)")
        #expect(
            try images("<f4", bytes([0, 1, 0.25, 0, 0, 0, 0, 0.5] as [Float]))
                == "t.npz: the array `x` has 0.25 at [0, 1, 0]; \(Self.expectedLevels); \(Self.scaling)")
        #expect(
            try images("<f8", bytes([0, 1, 2, 3, 4, 5, 6, .nan] as [Double]))
                == "t.npz: the array `x` has nan at [1, 1, 1]; \(Self.expectedLevels)")
        #expect(
            try images("<f8", bytes([0, 1, 1, 0, 0, 0, 0, 0] as [Double]))
                == "t.npz: the array `x` holds nothing but 0 and 1, as images of 0 to 1 do; \(Self.scaling)")
        #expect(
            try images("|b1", [0, 1, 1, 0, 0, 0, 0, 0])
                == "t.npz: the array `x` holds yes and no; \(Self.scaling)")
        #expect(
            try images("|S1", Array("12345678".utf8)) == "t.npz: the array `x` holds texts; \(Self.expectedLevels)")
        #expect(try images("<u8", bytes([UInt64](repeating: 255, count: 8))) == "none")
    }

    @Test(arguments: [
        ([], "a single number"), ([2], "2"), ([2, 2, 2, 2], "2×2×2×2"), ([2, 1, 2, 2, 1], "2×1×2×2×1"),
        ([2, 0, 3], "2×0×3"),
    ])
    func otherShapesAreNamed(_ shape: [Int], words: String) throws {
        let file = npyFile("|u1", shape, [UInt8](repeating: 1, count: shape.reduce(1, *)))
        #expect(
            try complaint([("x", file), ("y", labels([0, 1]))])
                == "t.npz: the array `x` is \(words); images are N×height×width, N×height×width×1, N×height×width×3, "
                + "N×3×height×width or N×pixels")
    }

    @Test func sizesThatDoNotFitAreNamed() throws {
        func images(_ shape: [Int], told: PixelTable.Shape? = nil) throws -> String {
            try complaint([("x", pixels(2, shape)), ("y", labels([0, 1]))]) { $0.shape = told }
        }
        #expect(
            try images([12])
                == "t.npz: the array `x` has 12 pixels a row, no square of grey; `pixels: {height: …, width: …}` says "
                + "what they are")
        #expect(
            try images([12], told: .init(height: 2, width: 5))
                == "t.npz: the array `x` has 12 pixels a row, which are not 2×5×1")
        #expect(try images([12], told: .init(height: 2, width: 2, channels: 3)) == "none")
        #expect(
            try images([2, 3], told: .init(height: 3, width: 2))
                == "t.npz: the array `x` has images of 2×3×1, not 3×2×1")
        #expect(try complaint([("x", pixels(0)), ("y", labels([]))]) == "t.npz: the array `x` has no images")
        let wide = npyFile("|u1", [1, 1, 178_956_971], [UInt8](repeating: 0, count: 178_956_971))
        #expect(
            try complaint([("x", wide), ("y", labels([1]))])
                == "t.npz: the array `x` has images of 1×178956971×1; 178,956,970 pixels are read")
    }

    @Test func tooManyImagesAreRefusedBeforeTheyAreRead() throws {
        let count = 1 << 24 + 1
        let file = npyFile("|u1", [count, 1, 1], [UInt8](repeating: 0, count: count))
        #expect(
            try complaint([("x", file)]) == "t.npz: the array `x` has 16,777,217 images; 16,777,216 are read")
    }

    @Test func faultsOfLabelsAreNamed() throws {
        func said(_ file: [UInt8], _ target: TargetKind = .category) throws -> String {
            try complaint([("x", pixels()), ("y", file)], target)
        }
        #expect(try said(labels([0, 1])) == "t.npz: the array `y` has 2 labels, and `x` 3 images")
        #expect(try said(labels([0, 1, 0, 1])) == "t.npz: the array `y` has 4 labels, and `x` 3 images")
        #expect(
            try said(npyFile("|u1", [3, 1, 1], [0, 1, 2]))
                == "t.npz: the array `y` has the shape [3, 1, 1]; labels are N, N×1 or N×classes")
        #expect(
            try said(npyFile("|u1", [], [3]))
                == "t.npz: the array `y` has the shape []; labels are N, N×1 or N×classes")
        #expect(
            try said(npyFile("|u1", [3, 2], [0, 1, 1, 0, 0, 2]))
                == "t.npz: the array `y` has 2 at [2, 1]; expected 0 or 1 in a column a class")
        #expect(
            try said(npyFile("<f4", [3, 2], bytes([0, 1, 1, 0, 0.5, 1] as [Float])))
                == "t.npz: the array `y` has 0.5 at [2, 0]; expected 0 or 1 in a column a class")
        #expect(
            try said(npyFile("|S1", [3, 2], Array("abcabc".utf8)))
                == "t.npz: the array `y` has 2 columns; expected numbers 0 and 1, or one text a row")
        #expect(
            try said(npyFile("|b1", [3, 100_001], [UInt8](repeating: 0, count: 300_003)))
                == "t.npz: the array `y` has 100,001 columns; 100,000 classes are read")
        #expect(try said(npyFile("|b1", [3, 2], [0, 1, 1, 0, 0, 1])) == "none")
        #expect(
            try said(npyFile("|u1", [3, 2], [0, 1, 1, 1, 0, 1]))
                == "t.npz: the array `y` has 2 times 1 in row 1, counted from 0; once, where each image has one class "
                + "(the task `multi_label` takes any number)")
        #expect(
            try said(npyFile("|u1", [3, 2], [0, 1, 0, 0, 0, 1])).contains("has 0 times 1 in row 1, counted from 0"))
        #expect(
            try said(npyFile("<f8", [3], bytes([0, 0.5, 1] as [Double])))
                == "t.npz: the array `y` has 0.5 at [1]; expected whole numbers, or texts")
        #expect(
            try said(npyFile("<f8", [3, 1], bytes([0, 0.5, .infinity] as [Double])), .number)
                == "t.npz: the array `y` has inf at [2, 0]; expected a number")
        #expect(
            try said(npyFile("|S3", [3], Array("1.5dear2.5".utf8.prefix(9))), .number)
                == "t.npz: the array `y` has “dea” at [1]; expected a number")
        #expect(
            try said(npyFile("|S1", [3], [0x61, 0, 0x62]))
                == "t.npz: the array `y` is empty at [1]; write a label there")
        #expect(
            try said(npyFile("|u1", [3, 2], [0, 1, 1, 0, 0, 1]), .number)
                == "t.npz: the array `y` has 2 columns; expected one number a row")
        #expect(
            try said(npyFile("<u8", [3], bytes([0, 1, UInt64.max])))
                == "t.npz: the array `y` holds numbers of more than 63 bits")
        #expect(
            try said(labels([4, 4, 4]))
                == "t.npz: only one class, “4”. A classifier needs at least two: add images of something else")
    }

    @Test func whatArraysLackIsNamed() throws {
        #expect(
            try complaint([("photos", pixels()), ("y", labels([0, 1, 0]))])
                == "t.npz: no array is called like images (`x_train`, `test_images`, `images`); `columns: {path: NAME}` "
                + "says which it is. There are: `photos`, `y`")
        #expect(try complaint([]).hasSuffix("says which it is. There are: no arrays"))
        #expect(
            try complaint([("x_train", pixels()), ("x_val", pixels())])
                == "t.npz: has no test images; there are: `x_train`, `x_val`")
        let sound = [("x", pixels()), ("y", labels([0, 1, 0]))]
        #expect(
            try complaint(sound) { $0.columns.labels = ["yy"] }
                == "t.npz: has no array `yy`; did you mean `y`?")
        #expect(
            try complaint(sound) { $0.columns.labels = ["a", "b"] }
                == "t.npz: labels stand in one array, and 2 are named")
        #expect(
            try complaint(sound) { $0.columns.group = "patient" }
                == "t.npz: arrays have no columns, and so none with groups called “patient”; a table (.csv) may")
        #expect(try complaint(sound) { $0.columns.weight = "w" }.contains("none with weights called “w”"))
        #expect(try complaint(sound) { $0.columns.part = "fold" }.contains("none with parts called “fold”"))
        #expect(try complaint(sound) == "none")
        try tree.write("t.npz", Array("no archive".utf8))
        #expect(throws: ZipError.self) { try ImageSet(scanning: tree.path("t.npz")) }
    }

    @Test func damageIsFound() throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: golden("arrays/keras.npz")))
        // Else the set whose name is whole would serve for both.
        var options = TableOptions()
        (options.columns.path, options.columns.labels) = ("x_train", ["y_train"])
        for index in stride(from: 0, to: whole.count, by: 3) {
            var bytes = Array(whole)
            bytes[index] ^= 0x40
            try tree.write("t.npz", bytes)
            do {
                let folder = try ImageSet(scanning: tree.path("t.npz"), options)
                #expect(try images(folder.samples) == expected("keras/x_train"), "byte \(index)")
            } catch {
                #expect(error is any UserFacingError, "byte \(index)")
            }
        }
    }

    @Test func splitsAndInventoryTakeArrays() throws {
        let path = golden("arrays/layouts.npz")
        var data = DatasetConfiguration(train: path, seed: 3)
        data.tables.columns.path = "grey"
        data.tables.columns.labels = ["column"]
        let dataset = try Dataset(data)
        let inventory = try ImageInventory([(.training, dataset[.training])], isInterrupted: { false })
        #expect(ImageInventory(bytes: inventory.bytes) == inventory)
        data.tables.columns.path = "rows"
        let other = try ImageInventory([(.training, try Dataset(data)[.training])], isInterrupted: { false })
        #expect(
            inventory.differences(in: other)
                == ["training images: 4 with other contents (row 1, row 2, row 3, …)"])
    }
}
