import Foundation
import TestSupport
import Testing
import Training

@Suite struct RunFolderTests {
    @Test func foldersAreNumberedAndNeverReused() throws {
        let output = try TemporaryDirectory().file("new/runs")
        #expect(try RunFolder(creatingIn: output, name: "a").path == "\(output)/a-1")
        #expect(try RunFolder(creatingIn: output, name: "a").path == "\(output)/a-2")
        #expect(try RunFolder(creatingIn: output, name: "a-b").path == "\(output)/a-b-1")
        try FileManager.default.removeItem(atPath: "\(output)/a-1")
        #expect(try RunFolder(creatingIn: output, name: "a").path == "\(output)/a-3")
        try Data().write(to: URL(fileURLWithPath: "\(output)/a-7"))
        #expect(try RunFolder(creatingIn: output, name: "a").path == "\(output)/a-8")
    }

    @Test func aFileInTheWayIsNamed() throws {
        let folder = try TemporaryDirectory()
        try Data().write(to: URL(fileURLWithPath: folder.file("runs")))
        #expect {
            try RunFolder(creatingIn: folder.file("runs/x"), name: "a")
        } throws: { error in
            let text = "\(error)"
            return text.hasPrefix(folder.file("runs/x")) && text.contains("cannot be made")
                && (error as? RunFolderError)?.isPlaceUnfit == true
        }
    }

    @Test func whatCannotBeResumedIsNamed() throws {
        let folder = try TemporaryDirectory()
        #expect {
            try RunFolder(resuming: folder.path + "/")
        } throws: { "\($0)" == "\(folder.path)/: cannot be resumed: it has no recipe.yaml" }
    }
}
