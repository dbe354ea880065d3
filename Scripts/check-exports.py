#!/usr/bin/env python3
"""Checks that other programs load what `finetune export` writes, and compute what the program itself computes.

    Scripts/check-exports.py [--program .build/release/finetune] [--images FOLDER] [--only NAME]…

Needs Scripts/goldens/requirements.txt and the lines for exports in it. Networks get random weights from a seed in the
framework that has them, the program reads and exports them, and onnxruntime, torchvision (`strict=True`), timm and Keras
load the result by the very lines that the model card shows. Every tensor must be the one that the framework began with,
to the bit, and logits must agree with `finetune features --layer logits` to 1e-5 of the largest. Prints a table and ends
with 1 where anything differs.
"""

import argparse
import json
import os
import pathlib
import re
import sys
import tempfile

from checking import (
    SEED, Program, difference, fit_images, keras_network, make_images, note, read_pixels, torch_network, verdict,
)

import h5py
import huggingface_hub
import keras
import numpy as np
import onnx
import onnxruntime
import safetensors.numpy
import torch
from PIL import Image

# --- Networks with random weights


def keras_head(pool):
    """VGG-16 of Keras with a head of its own: hidden layers behind a map as it is, or its maxima."""
    keras.utils.set_random_seed(SEED)
    base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
    x = {"flatten": keras.layers.Flatten, "maximum": keras.layers.GlobalMaxPooling2D}[pool]()(base.output)
    x = keras.layers.Dense(16, activation="relu")(x)
    return keras.Model(base.input, keras.layers.Dense(5, activation="softmax")(x))


def write_keys(tensors, path):
    with h5py.File(path, "w") as file:
        for key, tensor in tensors.items():
            file[key] = tensor


# --- Images


def prepared(pixels, facts):
    """N×3×H×W, as the card says."""
    images = pixels.astype(np.float32).transpose(0, 3, 1, 2)
    if facts["channel_order"] == "bgr":
        images = images[:, ::-1]
    mean, divisor = (np.asarray(facts[key], np.float32).reshape(1, 3, 1, 1) for key in ("mean", "standard_deviation"))
    return np.ascontiguousarray((images - mean) / divisor)


# --- What others read


def run_card(folder, images):
    """The card's program, and what it computed."""
    card = (folder / "README.md").read_text()
    huggingface_hub.ModelCard.load(folder / "README.md")
    program = re.search(r"```python\n(.*?)```", card, re.S).group(1)
    names = {"images": images}
    before = os.getcwd()
    os.chdir(folder)
    try:
        with torch.no_grad():
            exec(program, names)
    finally:
        os.chdir(before)
    return names


def read_tensors(path):
    if path.suffix == ".safetensors":
        return safetensors.numpy.load_file(path)
    if path.suffix == ".pth":
        return {key: value.numpy() for key, value in torch.load(path, weights_only=True).items()}
    return {array.name: onnx.numpy_helper.to_array(array) for array in onnx.load(path).graph.initializer}


def compare_bits(case, what, found, expected):
    wrong = [key for key, tensor in expected.items() if key not in found or found[key].tobytes() != tensor.tobytes()]
    note(case, f"{what}, tensors", f"{len(expected) - len(wrong)} of {len(expected)} equal", not wrong)


class Case:
    def __init__(self, name, program, source, work, images):
        self.name, self.program, self.source, self.images = name, program, source, images
        self.folder = work / name
        self.folder.mkdir()
        logits = self.folder / "logits.npy"
        program("features", *self.features_source(), "--data", images, "--layer", "logits", "--output", logits,
                "--precision", "f32")
        self.logits = np.load(logits)
        self.pixels = read_pixels(images)

    def features_source(self):
        return ["--model", self.source[0]] if len(self.source) == 1 else self.source

    def export(self, target, file, *options):
        path = self.folder / f"{target}{len(list(self.folder.iterdir()))}" / file
        path.parent.mkdir()
        self.program("export", *self.source, "--to", target, "--output", path, *options)
        return path

    def check_onnx(self, tensors=None):
        path = self.export("onnx", "model.onnx")
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        self.facts = {p.key: json.loads(p.value) if p.value[0] == "[" else p.value for p in model.metadata_props}
        if tensors:
            weights = {k: v for k, v in tensors.items() if not k.endswith("num_batches_tracked")}
            compare_bits(self.name, "onnx", read_tensors(path), weights)
        images = prepared(self.pixels, self.facts)
        logits, answers = self.run_onnx(path, {"images": images})
        difference(self.name, "onnxruntime", logits, self.logits)
        one, _ = self.run_onnx(path, {"images": images[:1]})
        difference(self.name, "onnxruntime, one image", one, self.logits[:1])
        raw = self.export("onnx", "model.onnx", "--raw-pixels")
        onnx.checker.check_model(onnx.load(raw), full_check=True)
        pixels = np.ascontiguousarray(self.pixels.transpose(0, 3, 1, 2))
        difference(self.name, "onnxruntime, pixels", self.run_onnx(raw, {"pixels": pixels})[0], self.logits)
        return answers

    @staticmethod
    def run_onnx(path, inputs):
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return session.run(None, inputs)

    def check_torch(self, tensors=None, timm=True):
        images = torch.from_numpy(prepared(self.pixels, self.facts))
        for target, file in (("safetensors", "model.safetensors"), ("torch", "model.pth")):
            path = self.export(target, file)
            if tensors:
                compare_bits(self.name, target, read_tensors(path), tensors)
            difference(self.name, f"torchvision, {target}", run_card(path.parent, images)["logits"], self.logits)
        if timm:
            path = self.export("safetensors", "model.safetensors", "--names", "timm")
            difference(self.name, "timm", run_card(path.parent, images)["logits"], self.logits)
            import timm as library

            model = library.create_model(f"local-dir:{path.parent}", pretrained=True).eval()
            with torch.no_grad():
                difference(self.name, "timm, folder", model(images), self.logits)

    def check_keras(self, original=None):
        path = self.export("keras", "model.h5")
        images = prepared(self.pixels, self.facts).transpose(0, 2, 3, 1)
        names = run_card(path.parent, images)
        difference(self.name, "keras, by name", names["logits"].detach(), self.logits)
        model = names["model"]
        if original:
            arrays = lambda network: {w.path: np.asarray(w.value.detach()) for w in network.weights}
            compare_bits(self.name, "keras", arrays(model), arrays(original))
        for weight in model.weights:
            weight.assign(np.zeros(weight.shape, "float32"))
        model.load_weights(path)
        difference(self.name, "keras, by position", model(images).detach(), self.logits)


# --- A model that was trained here

TRAINED = """
name: {task}
task: {task}
model: {{architecture: {architecture}, weights: none, preprocessing: caffe}}
data: {{train: {data}/train, validation: 0.25, test: {data}/test, image_size: 64}}
stages: [{{name: all, train: [all], epochs: 1, lr: 1e-3}}]
batch_size: 8
precision: f32
probe: false
"""


def make_data(folder):
    random = np.random.default_rng(SEED)
    for part, count in (("train", 8), ("test", 4)):
        lists = {"labels": ["file,label"], "numbers": ["file,label"]}
        for index, name in enumerate(("red", "green", "blue")):
            place = folder / part / name
            place.mkdir(parents=True)
            for number in range(count):
                pixels = random.integers(0, 128, (64, 64, 3), dtype=np.uint8)
                pixels[:, :, index] += 100
                Image.fromarray(pixels).save(place / f"{number}.png")
                file = f"{name}/{number}.png"
                lists["labels"].append(f"{file},{name};coloured" if number % 2 else f"{file},{name}")
                lists["numbers"].append(f"{file},{1000 + 100 * index + number}")
        for kind, lines in lists.items():
            (folder / f"{part}-{kind}.csv").write_text("\n".join(lines) + "\n")


def train(program, work, task, architecture):
    data = work / "data"
    if not data.exists():
        make_data(data)
    table = {"classification": None, "multi_label": "labels", "regression": "numbers"}[task]
    text = TRAINED.format(task=task, architecture=architecture, data=data)
    if table:
        for part in ("train", "test"):
            (data / part / f"{table}.csv").write_text((data / f"{part}-{table}.csv").read_text())
            text = text.replace(f"{data}/{part}", f"{data}/{part}/{table}.csv")
    recipe = work / f"{task}.yaml"
    recipe.write_text(text)
    return program("train", "--recipe", recipe, "--output", work / "runs").strip()


def check_answers(case, run, images, answers, task):
    """Probabilities, or numbers, against those that `predict` prints."""
    top = [] if task == "regression" else ["--top", 3]
    lines = case.program("predict", images, "--model", run, "--format", "jsonl", *top)
    said = [json.loads(line) for line in lines.splitlines()]
    names = case.facts.get("class_names", [])
    if task == "classification":
        expected = [{c["class"]: c["probability"] for c in line["top"]} for line in said]
    elif task == "multi_label":
        expected = [line["probabilities"] for line in said]
    else:
        return difference(case.name, "numbers", answers, [[line["predicted"]] for line in said])
    difference(case.name, "probabilities", answers, [[row[name] for name in names] for row in expected])


def check_trained(program, work):
    images = work / "data" / "test"
    for task, architecture in (
        ("classification", "resnet18"), ("multi_label", "resnet18"), ("regression", "resnet18"),
        ("classification", "resnet50"), ("classification", "vgg16_bn"), ("classification", "squeezenet1_1"),
    ):
        run = train(program, work, task, architecture)
        case = Case(f"{task} {architecture}", program, [run], work, images)
        answers = case.check_onnx()
        check_answers(case, run, images, answers, task)
        case.check_torch(timm=architecture.startswith("resnet"))
        results = huggingface_hub.ModelCard.load(case.export("model", "model.h5").parent / "README.md").data.eval_results
        note(case.name, "card", f"{len(results)} figures", len(results) > 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=".build/release/finetune")
    parser.add_argument("--images", type=pathlib.Path, help="JPEG files instead of random images")
    parser.add_argument("--only", action="append", help="a network, `heads` or `trained`")
    options = parser.parse_args()
    program = Program(options.program)
    wanted = lambda name: not options.only or name in options.only
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        images = work / "images"
        if options.images:
            fit_images(options.images, images, 224)
        else:
            make_images(images, 224)
        for name in ("resnet18", "resnet50", "vgg16_bn", "squeezenet1_1", "mobilenet_v2", "alexnet"):
            if wanted(name):
                tensors = {key: tensor.numpy() for key, tensor in torch_network(name).state_dict().items()}
                source = work / f"{name}.h5"
                write_keys(tensors, source)
                case = Case(name, program, ["--weights", source, "--architecture", name], work, images)
                case.check_onnx(tensors)
                case.check_torch(tensors, timm=name not in ("squeezenet1_1", "alexnet"))
                if name == "alexnet":
                    # A grid whose cells overlap.
                    small = work / "small"
                    make_images(small, 160)
                    options_160 = ["--weights", source, "--architecture", name, "--image-size", 160]
                    case = Case("alexnet at 160", program, options_160, work, small)
                    case.check_onnx(tensors)
                    case.check_torch(tensors, timm=False)
                source.unlink()
        for name, architecture in (("ResNet50", "resnet50"), ("MobileNetV2", "mobilenet_v2"), ("VGG16", "vgg16")):
            if wanted(name):
                model = keras_network(name)
                source = work / f"{name}.weights.h5"
                model.save_weights(source)
                case = Case(name, program, ["--weights", source, "--architecture", architecture], work, images)
                case.check_onnx()
                case.check_keras(model)
                source.unlink()
        for pool in ("flatten", "maximum"):
            if wanted("heads"):
                if pool == "flatten":
                    make_images(work / "tiny", 64)
                source = work / f"{pool}.h5"
                keras_head(pool).save(source)
                case = Case(f"VGG16 {pool}", program, ["--weights", source], work, work / "tiny")
                case.check_onnx()
                case.check_keras()
                case.check_torch(timm=False)
        if wanted("trained"):
            check_trained(program, work)
    return verdict()


if __name__ == "__main__":
    sys.exit(main())
