import Pretrained
import Recipes

private let names = Option.flag(
    "--names", "List where each parameter of the network comes from, not what each tensor feeds")

let inspectCommand = Command(
    name: "inspect", summary: "Tell what a weight file holds, and which layout it is",
    discussion: """
        FILE is a file of weights in any container that is read: HDF5, Keras' .keras, safetensors (or the list of its
        parts), PyTorch's .pth, NumPy's .npz, ONNX; a run folder, or a folder with such a file, as Hugging Face's libraries
        save it; or a name from the catalogue or hf://OWNER/NAME, whose file is fetched where it is not here.
        """,
    operands: .one("FILE"), options: [names.declaration] + FetchOptions.declarations
) { arguments in
    let (path, _) = try ModelSource.weightFile(arguments.operands[0], FetchOptions.fetcher(arguments))
    try Console.put(WeightInspection(path: path).text(byParameter: arguments.has(names)) + "\n")
}
