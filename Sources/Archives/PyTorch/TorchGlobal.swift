/// What a pickle of PyTorch's may call by name. Nothing is ever called: what each does to values is `PickleMachine`'s.
enum TorchGlobal: Equatable {
    case orderedDictionary, counter, set, size
    /// A function that makes a tensor of a storage; the typed one is told what the elements are.
    case rebuildTensor, rebuildTypedTensor
    /// A function, or the class, that makes a parameter of a tensor.
    case parameter
    /// A kind of storage; nil for bytes without a type.
    case storage(TensorEntry.ElementType?)
    case elementType(TensorEntry.ElementType)
    /// A class of tensors, which only archives of tar name.
    case tensorClass

    private static let named: [String: TorchGlobal] = [
        "collections OrderedDict": .orderedDictionary,
        "collections Counter": .counter,
        "__builtin__ set": .set,
        "builtins set": .set,
        "torch Size": .size,
        "torch._utils _rebuild_tensor": .rebuildTensor,
        "torch._utils _rebuild_tensor_v2": .rebuildTensor,
        "torch._utils _rebuild_tensor_v3": .rebuildTypedTensor,
        "torch._utils _rebuild_parameter": .parameter,
        "torch._utils _rebuild_parameter_with_state": .parameter,
        "torch.nn.parameter Parameter": .parameter,
        "torch.storage UntypedStorage": .storage(nil),
    ]

    /// Names of elements in those of storages and tensors, such as `torch FloatStorage`.
    private static let elements: [String: TensorEntry.ElementType] = [
        "Float": .float32, "Double": .float64, "Half": .float16, "BFloat16": .bfloat16,
        "Long": .integer(bits: 64, signed: true), "Int": .integer(bits: 32, signed: true),
        "Short": .integer(bits: 16, signed: true), "Char": .integer(bits: 8, signed: true),
        "Byte": .integer(bits: 8, signed: false), "Bool": .integer(bits: 8, signed: false),
    ]

    private static let elementTypes: [String: TensorEntry.ElementType] = [
        "float32": .float32, "float64": .float64, "float16": .float16, "bfloat16": .bfloat16,
        "int64": .integer(bits: 64, signed: true), "int32": .integer(bits: 32, signed: true),
        "int16": .integer(bits: 16, signed: true), "int8": .integer(bits: 8, signed: true),
        "uint64": .integer(bits: 64, signed: false), "uint32": .integer(bits: 32, signed: false),
        "uint16": .integer(bits: 16, signed: false), "uint8": .integer(bits: 8, signed: false),
        "bool": .integer(bits: 8, signed: false),
    ]

    /// - Parameter allowsTensorClasses: for archives of tar.
    /// - Throws: `PickleFault` for every name but those listed here.
    init(module: String, name: String, allowsTensorClasses: Bool) throws(PickleFault) {
        if let global = Self.named["\(module) \(name)"] {
            self = global
        } else if module == "torch", let type = Self.elementTypes[name] {
            self = .elementType(type)
        } else if module == "torch", name.hasSuffix("Storage"), let type = Self.elements[String(name.dropLast(7))] {
            self = .storage(type)
        } else if allowsTensorClasses, module == "torch" || module == "torch.cuda", name.hasSuffix("Tensor"),
            Self.elements[String(name.dropLast(6))] != nil
        {
            self = .tensorClass
        } else {
            throw Self.refusal(of: module, name)
        }
    }

    private static func refusal(of module: String, _ name: String) -> PickleFault {
        let shown = "`\(module.prefix(100)) \(name.prefix(100))`"
        if module == "__torch__" || module.hasPrefix("__torch__.") {
            return PickleFault(
                "is a program of TorchScript (\(shown)), of which only the code in it makes sense: save its weights alone, with torch.save(torch.jit.load(…).state_dict(), \"….pth\")"
            )
        }
        let modules = ["torch.nn.", "torchvision.models.", "timm.models.", "transformers.models."]
        if modules.contains(where: module.hasPrefix) {
            return PickleFault(
                "holds a whole module (\(shown)), which only the code that it was made with can open: \(PickleFault.remedy)"
            )
        }
        if module == "torch", name.hasSuffix("Storage") || name.hasPrefix("float8") || name.hasPrefix("complex") {
            return PickleFault("has elements of a type that is not read (\(shown)): save them as float32")
        }
        return PickleFault(
            "wants to call \(shown), which is never done: of a pickle only tensors, numbers, texts, and lists and dictionaries of them are read; \(PickleFault.remedy)"
        )
    }
}
