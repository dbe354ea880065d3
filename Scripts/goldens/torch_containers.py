"""Small files in PyTorch's three containers, and what PyTorch reads from them: Tests/Goldens/weights/torch.

Versions are pinned in requirements.txt beside this file.

    python Scripts/goldens/torch_containers.py

The zip archives and most streams are written by torch.save. What only older versions wrote is put together here: archives
of tar, parts of storages, parameters and names as in Python 2. torch.load reads each of them, and what it gives is what
tests expect.
"""

import copyreg
import io
import json
import pathlib
import pickle
import pickletools
import struct
import tarfile
import zipfile
from collections import Counter, OrderedDict

import torch
from torch import nn

import formula

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/Goldens/weights/torch"


def tensor(name, *shape, type=torch.float32):
    return torch.from_numpy(formula.values(name, shape, -1, 1)).to(type)


def model():
    """A small network with every number from the formula."""
    layers = {"conv1": nn.Conv2d(2, 3, 2, bias=False), "bn1": nn.BatchNorm2d(3), "fc": nn.Linear(3, 2)}
    network = nn.Sequential(OrderedDict(layers))
    for name, value in network.state_dict().items():
        value.copy_(tensor(name, *value.shape) if value.is_floating_point() else torch.tensor(7))
    return network


def checkpoint():
    """What training scripts keep, after one step of an optimizer."""
    network = model()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    for name, parameter in network.named_parameters():
        parameter.grad = tensor(name + ".grad", *parameter.shape)
    optimizer.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    return {
        "epoch": 3,
        "arch": "resnet18",
        "state_dict": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": schedule.state_dict(),
        "best_acc1": torch.tensor(71.25),
        "lr": 0.1,
        "classes": ["cat", "Straße", "猫"],
        "class_to_idx": {"cat": 0, "dog": 1},
        "seen": {4},
        "pair": (1, 2.5, True, -70000),
        "nested": {"mixed": [1, "a", None, {"deep": 2**40}], "empty": [], 5: "five"},
        "seed": 2**63 + 2**40,
        "size": torch.Size([3, 4]),
        "type": torch.float32,
    }


def lightning():
    """The shape of a checkpoint of Lightning's."""
    network = model()
    state = OrderedDict(("model." + name, value) for name, value in network.state_dict().items())
    best = torch.tensor(0.5)
    monitor = {"monitor": "val_loss", "best_model_score": best, "best_model_path": "a/b.ckpt", "kth_value": best}
    monitor["best_k_models"] = {"a/b.ckpt": best}
    progress = {"total": {"ready": 1, "completed": 1}, "current": {"ready": 0, "completed": 0}}
    return {
        "epoch": 1,
        "global_step": 10,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": progress}},
        "callbacks": {"ModelCheckpoint{'monitor': 'val_loss', 'mode': 'min'}": monitor},
        "optimizer_states": [],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": {"lr": 0.001, "width": 2, "name": "tiny", "pretrained": False},
    }


def views():
    """Tensors that share storages or do not lie row by row."""
    base = tensor("base", 4, 5)
    return {
        "base": base,
        "tied": base,
        "turned": base.t(),
        "part": base[1:3, 1:],
        "steps": base[::2, ::2],
        "last": tensor("last", 2, 3, 4, 5).to(memory_format=torch.channels_last)[:, :, :2, :2],
        "pointwise": tensor("pointwise", 4, 3, 1, 1).to(memory_format=torch.channels_last),
        "repeated": tensor("one", 1).expand(4),
    }


def types():
    """Every type of elements, and tensors of no axes and of no elements."""
    floats = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
    integers = [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.bool]
    result = {str(t)[6:]: tensor("x", 5, type=t) for t in floats}
    result |= {str(t)[6:]: (tensor("x", 5) * 100).to(t) for t in integers}
    return result | {"scalar": torch.tensor(2.5), "none": torch.empty(0, 3)}


def untyped():
    """Types that PyTorch keeps without a storage of their own."""
    values = torch.arange(3) * 1000
    return {str(t)[6:]: values.to(t)[1:] for t in [torch.uint16, torch.uint32, torch.uint64]}


# What older versions wrote


def typed(value):
    """The storage of a tensor as pickles name it."""
    return torch.storage.TypedStorage(wrap_storage=value.untyped_storage(), dtype=value.dtype, _internal=True)


def first_tensors(value, protocol):
    """As before version 0.4: four arguments."""
    return torch._utils._rebuild_tensor, (typed(value), value.storage_offset(), tuple(value.size()), value.stride())


def first_parameters(value, protocol):
    return nn.Parameter, (value.data,), (value.requires_grad, False, OrderedDict())


def newer_parameters(value, protocol):
    return copyreg.__newobj__, (nn.Parameter, value.data), (value.requires_grad, False, OrderedDict())


def with_reduction(kind, reduction, path, value, **options):
    """Writes a file in which a class pickles itself differently."""
    before = kind.__dict__.get("__reduce_ex__")
    kind.__reduce_ex__ = reduction
    try:
        torch.save(value, path, **options)
    finally:
        kind.__reduce_ex__ = before


def parameters():
    """Parameters, of which one has an attribute."""
    noted = nn.Parameter(tensor("noted", 2))
    noted.origin = "here"
    frozen = nn.Parameter(tensor("frozen", 3), requires_grad=False)
    return {"weight": nn.Parameter(tensor("weight", 2, 3)), "frozen": frozen, "noted": noted}


def as_python_2(data):
    """The same pickles with texts as bytes."""
    stream, result = io.BytesIO(data), b""
    for _ in range(5):
        start = stream.tell()
        codes = list(pickletools.genops(stream))
        ends = [position for _, _, position in codes[1:]] + [stream.tell()]
        for (code, argument, position), end in zip(codes, ends):
            if code.name == "BINUNICODE":
                text = argument.encode()
                result += b"U" + bytes([len(text)]) + text
            else:
                result += data[position:end]
    return result + data[stream.tell() :]


STORAGES = {torch.float32: torch.FloatStorage, torch.float64: torch.DoubleStorage, torch.int64: torch.LongStorage}


def raw(value):
    """All elements of a tensor's storage, behind their number."""
    storage = value.untyped_storage()
    return struct.pack("<q", storage.nbytes() // value.element_size()) + bytes(storage)


class Names(pickle.Pickler):
    """Pickles with tensors or storages named by a function."""

    def __init__(self, file, persistent_id):
        super().__init__(file, 2)
        self.persistent_id = persistent_id


def parts_of_storages(path):
    """A stream whose storages are parts of one, as it was once written for tensors in shared memory."""

    class Part:
        """A storage that is a part of another, and named as such."""

        def __init__(self, offset, count):
            self.offset, self.count = offset, count

    class View:
        def __init__(self, offset, *shape):
            self.offset, self.shape = offset, shape

        def __reduce__(self):
            size = torch.Size(self.shape).numel()
            strides = torch.empty(self.shape).stride()
            return torch._utils._rebuild_tensor, (Part(self.offset, size), 0, self.shape, strides)

    root = tensor("root", 12)

    def name(value):
        if isinstance(value, Part):
            view = (f"10{value.offset}", value.offset, value.count)
            return "storage", torch.FloatStorage, "100", "cpu", 12, view
        return None

    with open(path, "wb") as file:
        system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
        for value in (torch.serialization.MAGIC_NUMBER, 1001, system):
            pickle.dump(value, file, 2)
        Names(file, name).dump({"first": View(0, 2, 3), "second": View(6, 4)})
        pickle.dump(["100"], file, 2)
        file.write(raw(root))


def tar(path, value, parts):
    """An archive as PyTorch wrote it before March 2017. `parts` are tensors whose storages are parts of another's."""
    storages, tensors, views = {}, {}, []

    def number(value):
        """Gives a tensor its number, as PyTorch took its address."""
        key = value.untyped_storage().data_ptr()
        storages.setdefault(key, value)
        return next((n for n, other in tensors.items() if other is value), None) or add(value)

    def add(value):
        tensors[94020000 + len(tensors)] = value
        return 94020000 + len(tensors) - 1

    def name(value):
        return number(value) if isinstance(value, torch.Tensor) else None

    body = io.BytesIO()
    Names(body, name).dump(value)
    for n in [n for n, other in tensors.items() if any(other is part for part in parts)]:
        views.append((n + 500, tensors[n].untyped_storage().data_ptr(), tensors[n].storage_offset(), tensors[n].numel()))

    storage_file, tensor_file = io.BytesIO(), io.BytesIO()
    pickle.dump(len(storages), storage_file, 2)
    for key, owner in storages.items():
        pickle.dump((key, "cpu", STORAGES[owner.dtype]), storage_file, 2)
        storage_file.write(raw(owner))
    pickle.dump(views, storage_file, 2)
    pickle.dump(len(tensors), tensor_file, 2)
    for n, item in tensors.items():
        view = next((view for view in views if view[0] == n + 500), None)
        kind = {torch.float32: torch.FloatTensor, torch.float64: torch.DoubleTensor, torch.int64: torch.LongTensor}
        pickle.dump((n, view[0] if view else item.untyped_storage().data_ptr(), kind[item.dtype]), tensor_file, 2)
        tensor_file.write(struct.pack("<ii", item.ndim, 0))
        tensor_file.write(struct.pack(f"<{2 * item.ndim}q", *item.shape, *item.stride()))
        tensor_file.write(struct.pack("<q", 0 if view else item.storage_offset()))
    system = pickle.dumps({"protocol_version": 1000, "little_endian": True}, 2)
    contents = {"sys_info": system, "pickle": body.getvalue()}
    contents |= {"tensors": tensor_file.getvalue(), "storages": storage_file.getvalue()}
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        for member, data in contents.items():
            header = tarfile.TarInfo(member)
            header.size, header.mtime = len(data), 1480000000.5
            archive.addfile(header, io.BytesIO(data))


def packed(path, source, *suffixes):
    """A zip archive whose entries of these endings are compressed, which PyTorch never does."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(path, "w") as result:
        for entry in archive.infolist():
            method = zipfile.ZIP_DEFLATED if entry.filename.endswith(suffixes) else zipfile.ZIP_STORED
            result.writestr(zipfile.ZipInfo(entry.filename), archive.read(entry), method)


def write():
    """Every file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.save(model().state_dict(), FOLDER / "state.pth")
    torch.save(model().state_dict(), FOLDER / "state-stream.pth", _use_new_zipfile_serialization=False)
    torch.save(checkpoint(), FOLDER / "checkpoint.pth")
    torch.save(checkpoint(), FOLDER / "checkpoint-stream.pth", _use_new_zipfile_serialization=False)
    torch.save(checkpoint(), FOLDER / "checkpoint-4.pth", pickle_protocol=4)
    torch.save(model().state_dict(), FOLDER / "state-5.pth", pickle_protocol=5)
    torch.save(views(), FOLDER / "views-4-stream.pth", pickle_protocol=4, _use_new_zipfile_serialization=False)
    torch.save(lightning(), FOLDER / "lightning.ckpt")
    average = {"decay": 0.999, "module": model().state_dict()}
    torch.save({"model": model().state_dict(), "ema": average}, FOLDER / "ema.pth")
    # Which PyTorch cannot read in a stream.
    torch.save(untyped(), FOLDER / "untyped.pth")
    for name, value in {"views": views(), "types": types(), "parameters": parameters()}.items():
        torch.save(value, FOLDER / f"{name}.pth")
        torch.save(value, FOLDER / f"{name}-stream.pth", _use_new_zipfile_serialization=False)
    torch.serialization.set_crc32_options(False)
    torch.save(model().state_dict(), FOLDER / "unchecked.pth")
    torch.serialization.set_crc32_options(True)
    old = {"_use_new_zipfile_serialization": False}
    with_reduction(torch.Tensor, first_tensors, FOLDER / "first-tensors.pth", dict(model().state_dict()), **old)
    with_reduction(nn.Parameter, first_parameters, FOLDER / "first-parameters.pth", parameters(), **old)
    with_reduction(nn.Parameter, newer_parameters, FOLDER / "newer-parameters.pth", parameters(), **old)
    (FOLDER / "python-2.pth").write_bytes(as_python_2((FOLDER / "state-stream.pth").read_bytes()))
    (FOLDER / "packed").mkdir(exist_ok=True)
    packed(FOLDER / "packed/pickle.pth", FOLDER / "state.pth", "data.pkl")
    packed(FOLDER / "packed/storage.pth", FOLDER / "state.pth", "data/0")
    parts_of_storages(FOLDER / "parts-stream.pth")
    state, shared = OrderedDict(model().state_dict()), tensor("shared", 4, 5)
    whole = {"epoch": 2, "state_dict": state, "whole": shared, "part": shared.view(-1)[5:10], "turned": shared.t()}
    whole["exact"] = tensor("exact", 3, type=torch.float64)
    tar(FOLDER / "state-tar.pth", whole, [whole["part"]])


# What PyTorch reads


def flattened(value, name=""):
    """The parts of a value with dotted names."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from flattened(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple, set)):
        parts = list(value)
        if parts and (all(isinstance(p, str) for p in parts) or all(isinstance(p, (bool, int, float)) for p in parts)):
            yield name, parts
        else:
            for index, part in enumerate(parts):
                yield from flattened(part, f"{name}.{index}")
    elif isinstance(value, torch.Tensor):
        yield name, value.detach()
    elif isinstance(value, (str, bool, int, float)):
        yield name, [value]


def expected(path):
    tensors, strings, numbers = [], {}, {}
    for name, part in flattened(torch.load(path, weights_only=False)):
        if isinstance(part, torch.Tensor):
            values = [float(v) for v in part.flatten().tolist()]
            tensors.append({"name": name, "shape": list(part.shape), "type": str(part.dtype)[6:], "values": values})
        elif isinstance(part[0], str):
            strings[name] = part
        else:
            numbers[name] = [float(v) for v in part]
    return {"tensors": tensors, "strings": strings, "numbers": numbers}


if __name__ == "__main__":
    write()
    files = [path for path in sorted(FOLDER.iterdir()) if path.suffix in (".pth", ".ckpt")]
    result = {path.name: expected(path) for path in files}
    (FOLDER / "expected.json").write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n")
    for path in files:
        print(path.name, path.stat().st_size)
