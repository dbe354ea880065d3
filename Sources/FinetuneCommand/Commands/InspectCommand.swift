import Pretrained

private let names = Option.flag(
    "--names", "List where each parameter of the network comes from, not what each tensor feeds")

let inspectCommand = Command(
    name: "inspect", summary: "Tell what a weight file holds, and which layout it is",
    discussion: """
        FILE is a file of weights in any container that is read: HDF5, Keras' .keras, safetensors (or the list of its
        parts), PyTorch's .pth, NumPy's .npz, ONNX; or a folder with one, as Hugging Face's libraries save it.
        """,
    operands: .one("FILE"), options: [names.declaration]
) { arguments in
    try Console.put(WeightInspection(path: arguments.operands[0]).text(byParameter: arguments.has(names)) + "\n")
}
