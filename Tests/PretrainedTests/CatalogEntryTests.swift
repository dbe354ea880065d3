import Pretrained
import Testing

@Suite struct CatalogEntryTests {
    private let fields = [
        "architecture": "resnet50", "layout": "keras-legacy", "preprocessing": "caffe", "form": "original",
        "classes": "1000", "url": "https://example.org/x.h5",
    ]

    @Test func entriesAreMadeOfTexts() throws {
        let entry = try CatalogEntry(name: "x", fields: fields)
        #expect(entry.architecture == .resNet50 && entry.layout == .kerasLegacy && entry.preprocessing == .caffe)
        #expect(entry.form == .original && entry.classCount == 1000 && entry.imageSize == 224 && entry.md5 == nil)
        #expect(entry.top1 == nil && entry.resize == nil && entry.size == nil && entry.licence == nil)
    }

    @Test func whatIsPublishedOfAFileIsKept() throws {
        let sum = String(repeating: "0f", count: 32)
        let entry = try CatalogEntry(
            name: "x",
            fields: fields.merging([
                "url": "hf://timm/x", "resize": "232", "interpolation": "bicubic", "top1": "80.858", "top5": "95.434",
                "size": "102546000", "sha256": sum, "licence": "Apache-2.0", "licence_source": "its model card",
            ]) { $1 })
        #expect(entry.resize == 232 && entry.interpolation == .bicubic)
        #expect(entry.top1 == 80.858 && entry.top5 == 95.434)
        #expect(entry.size == 102_546_000 && entry.sha256Prefix == sum && entry.url == "hf://timm/x")
        #expect(entry.licence == "Apache-2.0" && entry.licenceSource == "its model card")
    }

    @Test(arguments: [
        ("architecture", "resnet51", "x: `architecture` is unknown: resnet51"),
        ("classes", "many", "x: `classes` is no whole number: many"),
        ("colour", "red", "x: the key `colour` is unknown"),
        ("preprocessing", "", "x: `preprocessing` is unknown: "),
        ("form", "v9", "x: `form` is unknown: v9"),
        ("url", "ftp://example.org/x", "x: `url` begins with none of https://, http:// and hf://: ftp://example.org/x"),
        ("size", "-1", "x: `size` is no whole number: -1"),
        ("md5", "abc", "x: `md5` is not 32 hexadecimal digits in lower case: abc"),
        ("sha256", "F37072FD", "x: `sha256` is not 8 to 64 hexadecimal digits in lower case: F37072FD"),
        ("sha256", "f37072f", "x: `sha256` is not 8 to 64 hexadecimal digits in lower case: f37072f"),
        ("top1", "101", "x: `top1` is no share in per cent: 101"),
        ("top5", "nan", "x: `top5` is no share in per cent: nan"),
        ("resize", "223", "x: `resize` is smaller than the image: 223"),
        ("interpolation", "nearest", "x: `interpolation` is unknown: nearest"),
        ("licence", "MIT", "x: `licence` is without its `licence_source`"),
    ])
    func mistakesAreNamed(_ key: String, _ value: String, _ message: String) throws {
        let error = #expect(throws: CatalogError.self) {
            try CatalogEntry(name: "x", fields: fields.merging([key: value]) { $1 })
        }
        #expect(error?.description == "Weights/catalog.yaml: \(message)")
    }

    @Test func accuraciesAreOrdered() throws {
        let error = #expect(throws: CatalogError.self) {
            try CatalogEntry(name: "x", fields: fields.merging(["top1": "80", "top5": "79"]) { $1 })
        }
        #expect(error?.problem == "`top5` is below `top1`: 79.0")
    }
}
