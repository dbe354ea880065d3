import Pretrained

let inspectCommand = Command(
    name: "inspect", summary: "Tell what a weight file holds, and which layout it is", operands: .one("FILE")
) { arguments in
    try Console.put(WeightInspection(path: arguments.operands[0]).text + "\n")
}
