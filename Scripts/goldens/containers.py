"""Weights in the containers of today, as real libraries write them: `Tests/Goldens/containers`.

Whole networks follow the formula of `weights.py`; small files hold one of each type of number.

    KERAS_BACKEND=torch python Scripts/goldens/containers.py
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import keras
import ml_dtypes
import numpy as np
import onnx
import safetensors.torch
import timm
import torch
import torchvision
import transformers
from onnx import TensorProto, helper, numpy_helper

import reference_models
import weights

OUT = Path(__file__).resolve().parents[2] / "Tests/Goldens/containers"


def pack(path, name):
    """Compresses a file, or a folder into an archive, into the goldens."""
    target = OUT / f"{name}.xz"
    if os.path.isdir(path):
        with open(target, "wb") as out:
            tar = ["tar", "--sort=name", "--owner=0", "--group=0", "--mtime=@0", "-C", path, "-c", "."]
            archive = subprocess.run(tar, stdout=subprocess.PIPE, check=True).stdout
            subprocess.run(["xz", "-9e", "-c"], input=archive, stdout=out, check=True)
    else:
        with open(target, "wb") as out:
            subprocess.run(["xz", "-9e", "-c", path], stdout=out, check=True)
    print(f"{target.name}: {target.stat().st_size}")


# Small files


def small():
    """What each file of `small` holds: values in C order, by name."""
    numbers = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8 - 1
    return {
        "f32": numbers,
        "f16": numbers.astype(np.float16),
        "f64": numbers.astype(np.float64),
        "i64": np.arange(-3, 3, dtype=np.int64),
        "i32": np.arange(-3, 3, dtype=np.int32),
        "u8": np.arange(5, dtype=np.uint8),
        "flags": np.array([True, False, True]),
        "scalar": np.array(7, np.int64),
        "none": np.zeros((0, 4), np.float32),
    }


def small_files():
    folder = OUT / "small"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    arrays = small()
    brain = arrays["f32"].astype(ml_dtypes.bfloat16)

    tensors = {k: torch.from_numpy(v.copy()) for k, v in arrays.items()}
    tensors["bf16"] = tensors["f32"].to(torch.bfloat16)
    safetensors.torch.save_file(tensors, folder / "all.safetensors", metadata={"format": "pt", "by": "hand"})

    halves = [{k: tensors[k] for k in ("f32", "i64")}, {k: tensors[k] for k in ("f16", "bf16")}]
    places = {}
    for number, half in enumerate(halves, 1):
        name = f"model-{number:05}-of-00002.safetensors"
        safetensors.torch.save_file(half, folder / name)
        places |= {k: name for k in half}
    index = {"metadata": {"total_size": 1}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))

    np.savez(folder / "stored.npz", **arrays, fortran=np.asfortranarray(arrays["f32"]), text=np.array(["a", "b"]))
    np.savez_compressed(folder / "packed.npz", **arrays)

    raw = [numpy_helper.from_array(v, k) for k, v in arrays.items()] + [numpy_helper.from_array(brain, "bf16")]
    typed = [
        helper.make_tensor("floats", TensorProto.FLOAT, arrays["f32"].shape, arrays["f32"].ravel()),
        helper.make_tensor("doubles", TensorProto.DOUBLE, arrays["f64"].shape, arrays["f64"].ravel()),
        helper.make_tensor("longs", TensorProto.INT64, arrays["i64"].shape, arrays["i64"]),
    ]
    constant = helper.make_node("Constant", [], ["constant"], value=numpy_helper.from_array(arrays["f32"], "inner"))
    output = helper.make_tensor_value_info("constant", TensorProto.FLOAT, [2, 3, 4])
    graph = helper.make_graph([constant], "small", [], [output], initializer=raw + typed)
    model = helper.make_model(graph, producer_name="hand", opset_imports=[helper.make_opsetid("", 17)])
    helper.set_model_props(model, {"by": "hand"})
    onnx.checker.check_model(model)
    onnx.save(model, folder / "all.onnx")
    outside = onnx.load(folder / "all.onnx")
    onnx.save(
        outside, folder / "outside.onnx", save_as_external_data=True, location="outside.bin", size_threshold=32
    )

    copied_graph(arrays["f32"], folder / "copies.onnx")

    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(4, 3), keras.layers.Flatten()]
    )
    model.layers[1].set_weights(
        [np.arange(108, dtype=np.float32).reshape(3, 3, 3, 4) / 64, np.arange(4, dtype=np.float32)]
    )
    model.compile(loss="categorical_crossentropy")
    model.save(folder / "small.keras")


def copied_graph(numbers, path):
    """A graph as PyTorch exports it: equal tensors are written once, and limits and shapes are constants."""
    settings = {"limit": np.array(6, np.float32), "shape": np.array([1, -1])}
    nodes = [helper.make_node("Constant", [], [k], value=numpy_helper.from_array(v, k)) for k, v in settings.items()]
    nodes += [helper.make_node("Identity", [a], [b]) for a, b in (("first", "second"), ("second", "third"), ("first", "y"))]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 3, 4])
    graph = helper.make_graph(nodes, "copies", [], [output], [numpy_helper.from_array(numbers, "first")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    onnx.checker.check_model(model)
    onnx.save(model, path)


# Networks


def save_safetensors(state, path):
    safetensors.torch.save_file({k: v.contiguous() for k, v in state.items()}, path, metadata={"format": "pt"})


def halves(state):
    """The same numbers, which halves hold exactly, in less room."""
    return {k: v.half() if v.is_floating_point() else v for k, v in state.items()}


def torchvision_files(folder):
    path = f"{folder}/file"
    resnet18 = weights.torch_state(torchvision.models.resnet18(num_classes=10))
    save_safetensors(resnet18, path)
    pack(path, "torchvision-resnet18.safetensors")
    np.savez(path + ".npz", **{k: v.numpy() for k, v in resnet18.items()})
    pack(path + ".npz", "torchvision-resnet18.npz")
    nodes = [helper.make_node("Identity", ["fc.bias"], ["y"])]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [10])
    arrays = [numpy_helper.from_array(v.numpy(), k) for k, v in resnet18.items()]
    onnx.save(helper.make_model(helper.make_graph(nodes, "weights", [], [output], arrays)), path)
    pack(path, "torchvision-resnet18.onnx")
    for name, model in (
        ("alexnet", reference_models.alexnet(True)),
        ("squeezenet1_1", reference_models.squeezenet("torch", True)),
        ("mobilenet_v2", reference_models.mobilenet_v2("torch")),
    ):
        save_safetensors(halves(weights.torch_state(model)), path)
        pack(path, f"torchvision-{name}.safetensors")
    exported_file(path)


def exported_file(path):
    """A graph that PyTorch exports: its limits are constants, and batch norm stays apart."""
    model = reference_models.mobilenet_v2("torch").eval()
    model.load_state_dict(weights.torch_state(model))
    torch.onnx.export(
        model, (torch.zeros(1, 3, 64, 64),), path, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE
    )
    pack(path, "exported-mobilenet_v2.onnx")


def timm_file(folder, name, state, **settings):
    """A folder as timm pushes it to a hub."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    model = timm.create_model(name, num_classes=10)
    model.load_state_dict(state(model))
    model.half()
    timm.models.save_for_hf(model, folder, model_config=settings, safe_serialization=True)
    pack(folder, f"timm-{name}.tar")


def timm_files(folder):
    def resnet(model):
        return weights.torch_state(torchvision.models.resnet50(num_classes=10))

    def vgg(model):
        state = weights.torch_state(torchvision.models.vgg16(num_classes=10, init_weights=False))
        names = {"classifier.0": "pre_logits.fc1", "classifier.3": "pre_logits.fc2", "classifier.6": "head.fc"}
        mine = model.state_dict()
        renamed = {}
        for key, value in state.items():
            module, role = key.rsplit(".", 1)
            key = f"{names.get(module, module)}.{role}"
            renamed[key] = value.reshape(mine[key].shape)
        return renamed

    labels = [f"kind {i}" for i in range(10)]
    timm_file(f"{folder}/timm", "resnet50", resnet, label_names=labels)
    timm_file(f"{folder}/timm", "vgg16", vgg)


def transformers_files(folder):
    """A ResNet-18 and a ResNet-50 in transformers' words, saved whole and in parts."""
    for kind, depths, sizes, theirs, shards in (
        ("basic", [2, 2, 2, 2], [64, 128, 256, 512], torchvision.models.resnet18(num_classes=10), "100MB"),
        ("bottleneck", [3, 4, 6, 3], [256, 512, 1024, 2048], torchvision.models.resnet50(num_classes=10), "20MB"),
    ):
        config = transformers.ResNetConfig(
            layer_type=kind, depths=depths, hidden_sizes=sizes, id2label={i: f"kind {i}" for i in range(10)}
        )
        model = transformers.ResNetForImageClassification(config)
        state = weights.torch_state(theirs)
        model.load_state_dict({transformers_name(k): v for k, v in state.items()})
        target = f"{folder}/transformers"
        shutil.rmtree(target, ignore_errors=True)
        model.half().save_pretrained(target, max_shard_size=shards)
        processor = transformers.ConvNextImageProcessor(
            size={"shortest_edge": 192}, crop_pct=0.875, image_mean=[0.5, 0.4, 0.3], image_std=[0.3, 0.2, 0.25]
        )
        processor.save_pretrained(target)
        pack(target, f"transformers-resnet-{kind}.tar")


def transformers_name(key):
    """What transformers calls a tensor of torchvision's ResNet."""
    parts = key.split(".")
    role = parts[-1]
    if parts[0] == "fc":
        return f"classifier.1.{role}"
    kind = {"conv": "convolution", "bn": "normalization"}
    if not parts[0].startswith("layer"):
        return f"resnet.embedder.embedder.{kind[parts[0][:-1]]}.{role}"
    block = f"resnet.encoder.stages.{int(parts[0][5:]) - 1}.layers.{parts[1]}"
    if parts[2] == "downsample":
        return f"{block}.shortcut.{['convolution', 'normalization'][int(parts[3])]}.{role}"
    return f"{block}.layer.{int(parts[2][-1]) - 1}.{kind[parts[2][:-1]]}.{role}"


def keras_files(folder):
    """A whole ResNet-50, and a VGG-16 and a MobileNetV2 as in tutorials: nested, behind what prepares their images."""
    path = f"{folder}/model.keras"
    resnet50 = keras.applications.ResNet50(weights=None, classes=10)
    weights.fill_keras(resnet50)
    resnet50.save(path)
    pack(path, "keras-resnet50.keras")

    # Of some of its maps the side is odd, and Keras pads them on all sides.
    applications = keras.applications
    for name, build, side in (("vgg16", applications.VGG16, 64), ("mobilenet_v2", applications.MobileNetV2, 75)):
        trunk = build(weights=None, include_top=False, input_shape=(side, side, 3))
        inputs = keras.Input((side, side, 3))
        x = keras.layers.RandomFlip("horizontal")(inputs)
        x = keras.layers.Rescaling(1 / 127.5, offset=-1)(x)
        x = keras.layers.GlobalAveragePooling2D()(trunk(x))
        outputs = keras.layers.Dense(3, activation="softmax")(keras.layers.Dropout(0.2)(x))
        model = keras.Model(inputs, outputs)
        weights.fill_keras(trunk, model)
        model.compile(loss="sparse_categorical_crossentropy")
        model.save(path)
        pack(path, f"keras-{name}-nested.keras")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.xz"):
        old.unlink()
    small_files()
    with tempfile.TemporaryDirectory() as folder:
        torchvision_files(folder)
        timm_files(folder)
        transformers_files(folder)
        keras_files(folder)


if __name__ == "__main__":
    main()
