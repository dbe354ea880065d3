"""Weight files as real Keras, and h5py with torchvision's state dicts, write them: `Tests/Goldens/weights`.

Every tensor follows a short-period formula in the order in which its file stores it, so that the files pack to a few
kilobytes and any exchanged tensor or axis still shows. `Tests/PretrainedTests/PeriodicWeights.swift` knows the formula.

    KERAS_BACKEND=torch python Scripts/goldens/weights.py
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import h5py
import keras
import numpy as np
import torch
import torchvision
from keras.src.legacy.saving import legacy_h5_format

import formula
import reference_models

OUT = Path(__file__).resolve().parents[2] / "Tests/Goldens/weights"
PERIOD = 1021
SIDE = 64


def pattern():
    """One period of bytes."""
    h = np.arange(PERIOD, dtype=np.uint32) * np.uint32(0x9E3779B1)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(24)).astype(np.int64)


BYTES = pattern()


def levels(role, fan_in, closes_block):
    """The value of each byte; exact in float16 and bfloat16."""
    byte = np.arange(256)
    if role == "weight":
        limit = 2.0 ** np.round(np.log2(np.sqrt(6 / fan_in)))
        return (byte - 128) / 128 * limit
    if role in ("bias", "shift", "mean"):
        return (byte - 128) / 512
    return (128 + byte // 2) / (1024 if role == "scale" and closes_block else 256)


def periodic(name, ordinal, shape, fan_in):
    """A tensor in the order of its file; `ordinal` is the parameter's place in our network."""
    role = name.rsplit(".", 1)[1]
    closes_block = ".norm3." in name or ".project.norm." in name
    table = levels(role, fan_in, closes_block).astype(np.float32)
    count = int(np.prod(shape))
    return table[BYTES[(np.arange(count) + 3 * ordinal) % PERIOD]].reshape(shape)


def pack(path, name):
    """Compresses a file into the goldens."""
    target = OUT / f"{name}.h5.xz"
    with open(target, "wb") as out:
        subprocess.run(["xz", "-9e", "-c", path], stdout=out, check=True)
    print(f"{target.name}: {os.path.getsize(path)} -> {target.stat().st_size}")


# Keras


def our_order(layer_names):
    """Our builder describes a block's shortcut before its main branch; all else in the order of the model."""
    import re

    if any(name.startswith("top.") for name in layer_names):
        # MobileNetV2 has no such blocks.
        return list(layer_names)

    def key(name):
        m = re.match(r"layer(\d)\.block(\d+)\.(.*)", name)
        if not m:
            return (0, name) if name.startswith("stem") else (1, name) if name.startswith("block") else (9, name)
        rest = m[3]
        place = -2 if rest == "shortcut.conv" else -1 if rest == "shortcut.norm" else int(rest[-1]) * 2 + rest.startswith("norm")
        return (int(m[1]), int(m[2]), place)

    return sorted(layer_names, key=key)


KERAS_FIELDS = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "scale",
    "beta": "shift",
    "moving_mean": "mean",
    "moving_variance": "variance",
}


def fill_keras(*models):
    """Fills the weights of the layers of models that make up one network."""
    layers = {}
    for model in models:
        for layer in model.layers:
            if layer.weights and not hasattr(layer, "layers"):
                layers[formula.keras_layer_name(layer.name) or "head.linear"] = layer
    ordinal = 0
    for node in our_order(layers):
        for variable in layers[node].weights:
            name = f"{node}.{KERAS_FIELDS[variable.path.split('/')[-1]]}"
            is_depthwise = isinstance(layers[node], keras.layers.DepthwiseConv2D)
            fan_in = int(np.prod(variable.shape[: 2 if is_depthwise else -1]))
            variable.assign(periodic(name, ordinal, tuple(variable.shape), fan_in))
            ordinal += 1


def save_keras(model, stem, folder):
    """The three containers."""
    legacy = f"{folder}/{stem}-legacy.h5"
    with h5py.File(legacy, "w") as f:
        legacy_h5_format.save_weights_to_hdf5_group(f, model)
    whole = f"{folder}/{stem}-model.h5"
    model.save(whole)
    third = f"{folder}/{stem}-3.weights.h5"
    model.save_weights(third)
    for path, kind in ((legacy, "legacy"), (whole, "model"), (third, "3")):
        pack(path, f"{stem}-{kind}")
    return legacy, third


def features(model, layer, name):
    """What real Keras computes for the formula's images, at one layer."""
    tap = keras.Model(model.inputs, model.get_layer(layer).output)
    result = np.asarray(tap.predict(formula.images(2, SIDE), verbose=0))
    if result.ndim == 4:
        result = result.mean(axis=(1, 2))
    np.save(OUT / f"{name}.npy", result.astype(np.float32))
    print(name, result.shape, float(np.abs(result).max()), float(result.std()))


# Files of other times, put together from the real ones


def copy_dataset(source, group, name):
    group.create_dataset(name, data=source[()])


def fixed(names):
    """Strings as h5py 2 stored them."""
    return np.array([n.encode() for n in names])


def legacy_renamed(source, target, layer_name, weight_name, extra=()):
    """A legacy file under other names; `weight_name` gets layer and field."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        layers = [n.decode() if isinstance(n, bytes) else n for n in old.attrs["layer_names"]]
        renamed = [layer_name(n) for n in layers]
        new.attrs["layer_names"] = fixed(renamed)
        for key in extra:
            new.attrs[key] = np.bytes_("tensorflow" if key == "backend" else "2.1.6")
        for layer, name in zip(layers, renamed):
            group = new.create_group(name)
            fields = [n.decode() if isinstance(n, bytes) else n for n in old[layer].attrs["weight_names"]]
            names = [weight_name(name, n.split("/")[-1].split(":")[0]) for n in fields]
            group.attrs["weight_names"] = fixed(names) if names else np.array([])
            for field, n in zip(fields, names):
                copy_dataset(old[layer][field], group, n)


def name_of_2016(layer):
    import re

    if m := re.fullmatch(r"conv(\d)_block(\d+)_(\d)_(conv|bn)", layer):
        stage, block, index, kind = m[1], chr(ord("a") + int(m[2]) - 1), m[3], m[4]
        branch = {"0": "1", "1": "2a", "2": "2b", "3": "2c"}[index]
        return f"{'res' if kind == 'conv' else 'bn'}{stage}{block}_branch{branch}"
    return {"conv1_conv": "conv1", "conv1_bn": "bn_conv1", "predictions": "fc1000"}.get(layer, layer)


FIELDS_2016 = {
    "kernel": "W",
    "bias": "b",
    "gamma": "gamma",
    "beta": "beta",
    "moving_mean": "running_mean",
    "moving_variance": "running_std",
}


def keras3_rewritten(source, target, rename, keep_names):
    """A Keras 3 file with other group names, with or without the layers' names."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:

        def visit(path, item):
            if isinstance(item, h5py.Dataset):
                copy_dataset(item, new.require_group(rename(os.path.dirname(path))), os.path.basename(path))
            else:
                group = new.require_group(rename(path))
                if keep_names:
                    group.attrs.update(item.attrs)

        old.visititems(visit)


def mobilenet_files(folder):
    """MobileNetV2's weights in today's containers, and as files of Keras 2 name them."""
    model = keras.applications.MobileNetV2(
        weights=None, input_shape=(SIDE, SIDE, 3), classes=10, classifier_activation=None
    )
    fill_keras(model)
    legacy, path = f"{folder}/mobilenet-legacy.h5", f"{folder}/mobilenet.weights.h5"
    with h5py.File(legacy, "w") as f:
        legacy_h5_format.save_weights_to_hdf5_group(f, model)
    model.save_weights(path)
    pack(path, "keras-mobilenet_v2-3")
    features(model, "predictions", "keras-mobilenet_v2-logits")
    keras3_rewritten(path, f"{folder}/unnamed.h5", lambda p: p, keep_names=False)
    pack(f"{folder}/unnamed.h5", "keras-mobilenet_v2-3-unnamed")

    def name(layer, field):
        return f"{layer}/{'depthwise_kernel' if layer.endswith('depthwise') else field}:0"

    legacy_renamed(legacy, path, lambda n: n, name, extra=("backend", "keras_version"))
    pack(path, "keras-mobilenet_v2-2018")


def squeezenet_file(folder):
    """SqueezeNet 1.1 under the names of the usual files, which were converted from Caffe, with their layers without weights."""
    model = reference_models.squeezenet("keras", True)
    state = torch_state(model)
    layers, path = ["input_1"], f"{folder}/squeezenet.h5"
    with h5py.File(path, "w") as f:

        def add(layer, module):
            layers.append(layer)
            group = f.create_group(layer)
            group.attrs["weight_names"] = fixed([f"{layer}_W:0", f"{layer}_b:0"])
            weight = state[f"{module}.weight"].numpy()
            # The numbers of the formula in the order of this file.
            stored = weight.transpose(2, 3, 1, 0).shape
            group.create_dataset(f"{layer}_W:0", data=weight.reshape(-1).reshape(stored))
            group.create_dataset(f"{layer}_b:0", data=state[f"{module}.bias"].numpy())

        add("conv1", "features.0")
        layers.extend(["relu_conv1", "pool1"])
        for fire, index in zip(range(2, 10), (3, 4, 6, 7, 9, 10, 11, 12)):
            for layer in ("squeeze1x1", "expand1x1", "expand3x3"):
                add(f"fire{fire}/{layer}", f"features.{index}.{layer.removesuffix('1x1') if 'sq' in layer else layer}")
                layers.append(f"fire{fire}/relu_{layer}")
            layers.append(f"fire{fire}/concat")
            if fire in (3, 5):
                layers.append(f"pool{fire}")
        layers.append("drop9")
        add("conv10", "classifier.1")
        layers.extend(["relu_conv10", "globalaveragepooling2d_1", "loss"])
        f.attrs["layer_names"] = fixed(layers)
        for layer in layers:
            group = f.require_group(layer)
            if "weight_names" not in group.attrs:
                group.attrs["weight_names"] = np.array([])
    pack(path, "keras-squeezenet1_1")


def keras_files(folder):
    mobilenet_files(folder)
    squeezenet_file(folder)

    resnet = keras.applications.ResNet50(
        weights=None, input_shape=(SIDE, SIDE, 3), classes=10, classifier_activation=None
    )
    fill_keras(resnet)
    legacy, third = save_keras(resnet, "keras-resnet50", folder)
    features(resnet, "avg_pool", "keras-resnet50-pool")
    features(resnet, "predictions", "keras-resnet50-logits")

    path = f"{folder}/2016.h5"
    legacy_renamed(legacy, path, name_of_2016, lambda layer, field: f"{layer}_{FIELDS_2016[field]}:0")
    pack(path, "keras-resnet50-2016")
    keras3_rewritten(third, path, lambda p: p, keep_names=False)
    pack(path, "keras-resnet50-3-unnamed")

    vgg = keras.applications.VGG16(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3))
    fill_keras(vgg)
    legacy, third = save_keras(vgg, "keras-vgg16-notop", folder)
    features(vgg, "block5_pool", "keras-vgg16-pool")
    legacy_renamed(legacy, path, lambda n: n, lambda layer, field: f"{layer}_{FIELDS_2016[field]}_1:0")
    pack(path, "keras-vgg16-2016")

    legacy_renamed(
        legacy, path, lambda n: n, lambda layer, field: f"{layer}/{field}:0", extra=("backend", "keras_version")
    )
    pack(path, "keras-vgg16-2018")
    keras3_rewritten(
        third, path, lambda p: p.replace("layers", "_layer_checkpoint_dependencies", 1), keep_names=False
    )
    pack(path, "keras-vgg16-3-tf213")

    numbers = {}

    def automatic(layer):
        if "_conv" not in layer:
            return layer
        return numbers.setdefault(layer, f"conv2d_{50 + len(numbers)}")

    legacy_renamed(legacy, path, automatic, lambda layer, field: f"{layer}/{field}:0")
    pack(path, "keras-vgg16-automatic-names")

    # A model of somebody's own around the trunk.
    nested = keras.Sequential([vgg, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)])
    nested.build((None, SIDE, SIDE, 3))
    fill_keras(vgg, nested)
    legacy = f"{folder}/nested-legacy.h5"
    with h5py.File(legacy, "w") as f:
        legacy_h5_format.save_weights_to_hdf5_group(f, nested)
    pack(legacy, "keras-vgg16-nested-legacy")
    nested.save_weights(f"{folder}/nested.weights.h5")
    pack(f"{folder}/nested.weights.h5", "keras-vgg16-nested-3")

    # The same sub-model's layers under the block's names only.
    def blocks(path):
        parts = path.split("/")
        if "conv2d" not in path:
            return "other/" + path
        index = int(parts[parts.index("layers", 2) + 1].partition("conv2d_")[2] or 0) if "layers" in parts[2:] else 0
        first = [0, 2, 4, 7, 10]
        block = max(b for b in range(5) if first[b] <= index)
        place = index - first[block]
        return f"block{block + 1}/layers/conv2d" + (f"_{place}" if place else "") + ("/vars" if "vars" in parts else "")

    keras3_rewritten(f"{folder}/nested.weights.h5", path, blocks, keep_names=False)
    pack(path, "keras-vgg16-blocks")

    keras.config.set_dtype_policy("bfloat16")
    small = keras.applications.VGG16(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3))
    keras.config.set_dtype_policy("float32")
    for mine, theirs in zip(small.weights, vgg.weights):
        mine.assign(np.asarray(theirs))
    small.save_weights(f"{folder}/small.weights.h5")
    pack(f"{folder}/small.weights.h5", "keras-vgg16-3-bfloat16")

    kernels = f"{folder}/theano.h5"
    with h5py.File(f"{folder}/keras-vgg16-notop-legacy.h5") as old, h5py.File(kernels, "w") as new:
        for key, value in old.attrs.items():
            new.attrs[key] = value
        for layer in [n for n in old if "weight_names" in old[n].attrs]:
            group = new.create_group(layer)
            group.attrs["weight_names"] = old[layer].attrs["weight_names"]
            for n in old[layer].attrs["weight_names"]:
                value = old[layer][n][()]
                value = value.transpose(3, 2, 0, 1) if value.ndim == 4 else value
                group.create_dataset(n, data=value)
    pack(kernels, "keras-vgg16-theano")


# PyTorch


def torch_state(model):
    """The state dict of a model, filled."""
    parameters = formula.torch_parameters(model)
    modules = our_order({p.name.rsplit(".", 1)[0] for p in parameters})
    order = {node: i for i, node in enumerate(modules)}
    roles = ["weight", "bias", "scale", "shift", "mean", "variance"]
    if hasattr(model, "our_names") or any(p.name.startswith("block") for p in parameters):
        # As they stand in the model.
        ordered = parameters
    else:
        ordered = sorted(
            parameters, key=lambda p: (order[p.name.rsplit(".", 1)[0]], roles.index(p.name.rsplit(".", 1)[1]))
        )
    state = model.state_dict()
    for ordinal, p in enumerate(ordered):
        tensor = state[p.key]
        fan_in = int(np.prod(tensor.shape[1:])) if tensor.ndim > 1 else 1
        state[p.key] = torch.from_numpy(periodic(p.name, ordinal, tuple(tensor.shape), fan_in))
    return state


def write_torch(state, path, key=lambda k: k, dtype=np.float32, gzip=False, counters=True):
    with h5py.File(path, "w") as f:
        for k, v in state.items():
            if k.endswith("num_batches_tracked"):
                if counters:
                    f[key(k)] = v.numpy()
                continue
            options = {"compression": "gzip", "compression_opts": 9} if gzip else {}
            f.create_dataset(key(k), data=v.numpy().astype(dtype), **options)


def torch_files(folder):
    path = f"{folder}/torch.h5"
    resnet18 = torch_state(torchvision.models.resnet18(num_classes=10))
    write_torch(resnet18, path)
    pack(path, "torch-resnet18-flat")
    write_torch(resnet18, path, key=lambda k: "state_dict/module." + k, counters=False)
    pack(path, "torch-resnet18-wrapped")
    resnet50 = torch_state(torchvision.models.resnet50(num_classes=10))
    write_torch(resnet50, path, key=lambda k: k.replace(".", "/"), dtype=np.float16)
    pack(path, "torch-resnet50-nested-float16")
    vgg11_bn = torch_state(torchvision.models.vgg11_bn(num_classes=10, init_weights=False))
    write_torch(vgg11_bn, path, key=lambda k: "model." + k, dtype=np.float16)
    pack(path, "torch-vgg11_bn")
    trunk = {k: v for k, v in vgg11_bn.items() if k.startswith("features")}
    write_torch(trunk, path, dtype=np.float64)
    pack(path, "torch-vgg11_bn-trunk-float64")
    for name, model in (
        ("alexnet", reference_models.alexnet(True)),
        ("squeezenet1_1", reference_models.squeezenet("torch", True)),
        ("mobilenet_v2", reference_models.mobilenet_v2("torch")),
    ):
        write_torch(torch_state(model), path, dtype=np.float16)
        pack(path, f"torch-{name}")
    resnet20 = torch_state(reference_models.CIFARResNet(3))
    write_torch(resnet20, path, gzip=True)
    pack(path, "torch-resnet20-gzip")


# Files that nobody should believe


def hostile():
    """Small files, each wrong in one way; `sound.h5` is right and has a bit of everything."""
    folder = OUT / "hostile"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def file(name, **options):
        return h5py.File(folder / f"{name}.h5", "w", **options)

    data = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    for name, options in (("sound", {}), ("sound-latest", {"libver": ("v110", "v110")})):
        with file(name, **options) as f:
            f.attrs["layer_names"] = ["conv", "norm"]
            f.attrs["fixed"] = np.array([b"one", b"two"])
            f.attrs["number"] = 1.5
            f.attrs["empty"] = np.array([])
            f["conv/kernel"] = data
            f["conv/half"] = data.astype(np.float16)
            f["conv/big-endian"] = data.astype(">f4")
            f["conv/double"] = data.astype(np.float64)
            f["norm/count"] = np.int64(7)
            f["norm/bytes"] = np.arange(5, dtype=np.uint8)
            f["norm/brain"] = (data.view(np.uint32) >> 16).astype(np.uint16)
            f["norm/brain"].attrs["dtype"] = "bfloat16"
            f.create_dataset("norm/packed", data=data, compression="gzip", shuffle=True, fletcher32=True)
            f["norm/none"] = np.zeros((0, 4), np.float32)
            f["text"] = "a text"
    with file("soft-link") as f:
        f["a"] = data
        f["b"] = h5py.SoftLink("/a")
    with file("external-link") as f:
        f["b"] = h5py.ExternalLink("/etc/passwd", "/a")
    with file("external-data") as f:
        f.create_dataset("a", (4,), np.float32, external=[("/etc/passwd", 0, 16)])
    with file("virtual") as f:
        layout = h5py.VirtualLayout((2, 3, 4), np.float32)
        layout[:] = h5py.VirtualSource("sound.h5", "conv/kernel", (2, 3, 4))
        f.create_virtual_dataset("a", layout)
    with file("cycle") as f:
        f["a/b/c"] = data
        f["a/b/again"] = f["a"]
    with file("self-cycle") as f:
        f["again"] = f["/"]
    with file("two-names") as f:
        f["a/kernel"] = data
        f["b"] = f["a"]
    with file("absurd-unwritten") as f:
        f.create_dataset("a", (1 << 40, 1 << 20), np.float32)
    with file("absurd-overflow") as f:
        f.create_dataset("a", (1 << 31, 1 << 31), np.float32, chunks=(1, 1 << 10))
    with file("absurd-packed") as f:
        f.create_dataset("a", (1 << 16, 1 << 16), np.float32, chunks=(16, 16), compression="gzip")[0, 0] = 1
    with file("unwritten") as f:
        f.create_dataset("a", (4, 4), np.float32)
    with file("tiny-chunks") as f:
        # Reading it makes a list of two million chunks.
        f.create_dataset("a", (2_000_000,), np.uint8, chunks=(1,), compression="gzip")[:250] = 1
    with file("bomb") as f:
        f.create_dataset("a", data=np.zeros(1 << 22, np.float32), chunks=(1 << 22,), compression="gzip")
    with file("scalar-in-chunks") as f:
        f.create_dataset("a", data=np.zeros(1 << 16, np.float32), chunks=(1 << 12,), compression="gzip")
    path = folder / "scalar-in-chunks.h5"
    extent = bytes([1, 1, 1, 0, 0, 0, 0, 0]) + (1 << 16).to_bytes(8, "little")
    contents = path.read_bytes()
    assert contents.count(extent) == 1
    path.write_bytes(contents.replace(extent, bytes([1, 0]) + extent[2:]))
    with file("lzf") as f:
        f.create_dataset("a", data=np.zeros((64, 64), np.float32), compression="lzf")
    with file("null") as f:
        f["a"] = h5py.Empty("f4")
    with file("compound") as f:
        f["layer1.weight"] = np.zeros(3, [("x", "f4"), ("y", "f4")])
    with file("deep") as f:
        f["/".join(["g"] * 80) + "/a"] = data
    with file("pre-1.0") as f:
        f.attrs["nb_layers"] = 2
        f.create_group("layer_0").attrs["nb_params"] = 1
        f["layer_0/param_0"] = data
    with file("nothing"):
        pass
    with file("unknown") as f:
        f["spectra"] = data
    with file("listed-twice") as f:
        f.attrs["layer_names"] = ["conv1", "conv1"]
        f.create_group("conv1").attrs["weight_names"] = ["kernel:0"]
        f["conv1/kernel:0"] = np.zeros((7, 7, 3, 64), np.float32)
    with file("listed-not-there") as f:
        f.attrs["layer_names"] = ["conv1"]
        f.create_group("conv1").attrs["weight_names"] = ["kernel:0"]
    with file("names-are-numbers") as f:
        f.attrs["layer_names"] = np.arange(3.0)
    with file("resnet-v2") as f:
        f.attrs["layer_names"] = ["conv2_block1_preact_bn"]
        group = f.create_group("conv2_block1_preact_bn")
        group.attrs["weight_names"] = [f"{n}:0" for n in ("gamma", "beta", "moving_mean", "moving_variance")]
        for n in group.attrs["weight_names"]:
            group[n] = np.zeros(64, np.float32)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in list(OUT.glob("*.xz")) + list(OUT.glob("*.npy")):
        if not old.name.startswith("model-"):
            old.unlink()
    hostile()
    with tempfile.TemporaryDirectory() as folder:
        torch_files(folder)
        keras_files(folder)


if __name__ == "__main__":
    main()
