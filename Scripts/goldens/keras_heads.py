"""Keras models as people save them after transfer learning, against the built program: every combination of

    VGG16, ResNet50
    × Functional, Sequential, nested trunk
    × rescaling inside, normalisation inside, preprocessing outside
    × average, maximum, flatten
    × softmax, sigmoid (several answers), one sigmoid

as `.h5` and `.weights.h5`, and some that people have beside these. Each must predict as Keras within 1e-4, or end with exit
code 3 and name a layer (or say what the file does not tell). A `.weights.h5` is tried as it is and, where the program asks
for it, with what a person can say.

    KERAS_BACKEND=torch python keras_heads.py path/to/finetune [--only TEXT] [--part matrix|special] [--kinds h5,weights]

Prints one line for each and the counts; ends with 1 if any answer is wrong. Needs 200 MB beside the program for a while.
"""

import argparse
import functools
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
from keras import layers as L
from PIL import Image

SIDE = 64
CLASSES = 4
TOLERANCE = 1e-4
ROOT = Path(__file__).resolve().parents[2]
FORMULA = np.random.default_rng(7)


def photograph():
    """A picture with edges and colours, of 64×64."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    red = 255 * (np.sin(9 * x + 4 * y * y) > 0.2)
    green = 200 * np.exp(-((x - 0.6) ** 2 + (y - 0.4) ** 2) * 9)
    blue = 255 * (x * y) + 30 * np.sin(40 * x)
    return np.clip(np.stack([red, green, blue], -1) + FORMULA.normal(0, 9, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)


def trunk(name, **options):
    model = {"vgg16": keras.applications.VGG16, "resnet50": keras.applications.ResNet50}[name](
        weights=None, include_top=False, input_shape=(SIDE, SIDE, 3), **options
    )
    random = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, L.Conv2D):
            kernel, bias = layer.get_weights()
            kernel = random.normal(size=kernel.shape) * np.sqrt(2 / np.prod(kernel.shape[:3]))
            layer.set_weights([kernel, random.normal(size=bias.shape) * 0.02])
        elif isinstance(layer, L.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            # The last norm of a block, small: else the sums of the blocks grow without bound.
            size = 0.3 if layer.name.endswith("_3_bn") else 1.0
            layer.set_weights(
                [
                    size * random.uniform(0.5, 1.5, gamma.shape), random.normal(size=beta.shape) * 0.1,
                    random.normal(size=mean.shape) * 0.1, random.uniform(0.5, 1.5, variance.shape),
                ]
            )
    return model


class Preparation:
    """What happens to pixels: inside the model, outside of it, and what a person can say of it."""

    def __init__(self, inside, outside, said=()):
        self.inside, self.outside, self.said = inside, outside, said


def caffe(pixels):
    return keras.applications.vgg16.preprocess_input(pixels.copy())


def normalization():
    return [L.Normalization(mean=[123.7, 116.8, 103.9], variance=[3412.0, 3265.0, 3294.0])]


def adapted():
    layer = L.Normalization()
    layer.adapt(np.random.default_rng(5).uniform(0, 255, (8, 6, 6, 3)).astype(np.float32))
    return [layer]


PREPARATIONS = {
    "rescaling": Preparation(lambda: [L.Rescaling(1 / 127.5, offset=-1)], lambda p: p, ["--preprocessing", "tf"]),
    "normalisation": Preparation(adapted, lambda p: p),
    "outside": Preparation(lambda: [], caffe),
}
POOLS = {
    "average": lambda: [L.GlobalAveragePooling2D()],
    "maximum": lambda: [L.GlobalMaxPooling2D()],
    "flatten": lambda: [L.Flatten()],
}
ENDINGS = {
    "softmax": lambda: [L.Dense(CLASSES, activation="softmax")],
    "sigmoid": lambda: [L.Dense(CLASSES, activation="sigmoid")],
    "one-sigmoid": lambda: [L.Dense(1, activation="sigmoid")],
}


def build(form, base, before, behind):
    """A model of layers around a trunk."""
    if form == "sequential":
        return keras.Sequential([L.Input((SIDE, SIDE, 3)), *before, base, *behind])
    entry = L.Input((SIDE, SIDE, 3))
    x = entry
    for layer in before:
        x = layer(x)
    if form == "nested":
        x = base(x, training=False)
    else:
        # The trunk's own layers, in the model itself.
        x = keras.models.clone_model(base, input_tensors=x) if not before else flat(base, x)
        x = x if not isinstance(x, keras.Model) else x.output
    for layer in behind:
        x = layer(x)
    return keras.Model(entry, x)


def flat(base, x):
    """Calls every layer of a model again, on another input."""
    values = {base.inputs[0]._keras_history.operation.name: x}
    for layer in base.layers[1:]:
        inputs = [values[tensor._keras_history.operation.name] for tensor in keras.tree.flatten(layer.input)]
        values[layer.name] = layer(inputs if len(inputs) > 1 else inputs[0])
    return values[base.layers[-1].name]


def spread(model, pixels):
    """Scales the last linear layer so that probabilities are neither equal nor sure."""
    dense = [layer for layer in model.layers if isinstance(layer, L.Dense)][-1]
    kernel, *bias = dense.get_weights()
    features = np.asarray(keras.Model(model.inputs, dense.input).predict(pixels, verbose=0))
    kernel = np.random.default_rng(11).normal(size=kernel.shape).astype(np.float32)
    largest = np.abs(features @ kernel).max()
    offsets = [np.linspace(-0.3, 0.4, kernel.shape[1])] if bias else []
    dense.set_weights([kernel * 1.2 / max(largest, 1e-9), *offsets])


class Case:
    """A model, and what is expected: `answers`, or what the refusal must name."""

    def __init__(
        self, architecture, model, pixels, refusal=None, said=(), activation="softmax", kinds=("h5", "weights")
    ):
        self.architecture, self.model, self.pixels = architecture, model, pixels
        self.refusal, self.said, self.activation, self.kinds = refusal, list(said), activation, kinds

    def answers(self):
        prediction = np.asarray(self.model.predict(self.pixels, verbose=0))[0]
        if self.activation == "logits":
            prediction = np.exp(prediction - prediction.max()) / np.exp(prediction - prediction.max()).sum()
        if self.activation == "logit":
            prediction = 1 / (1 + np.exp(-prediction))
        return [1 - prediction[0], prediction[0]] if len(prediction) == 1 else list(prediction)


def combined(pixels, architecture, form, kind, pool, ending):
    """One model of the matrix."""
    preparation = PREPARATIONS[kind]
    prepared = preparation.outside(pixels)
    behind = [*POOLS[pool](), L.Dropout(0.3), *ENDINGS[ending]()]
    model = build(form, trunk(architecture), preparation.inside(), behind)
    spread(model, prepared)
    return Case(
        architecture, model, prepared, refusal=behind[-1].name if ending == "sigmoid" else None, said=preparation.said,
        activation="softmax" if ending == "softmax" else "sigmoid")


def matrix(pixels):
    for place in itertools.product(
        ("vgg16", "resnet50"), ("functional", "sequential", "nested"), PREPARATIONS, POOLS, ENDINGS
    ):
        yield " ".join(place), functools.partial(combined, pixels, *place)


def special(pixels):
    """What people have beside the matrix. Each is (name, case)."""
    caffe_pixels = caffe(pixels)

    def functional(before, behind, prepared, architecture="vgg16", form="nested", compile=None, **options):
        def case():
            base = trunk(architecture)
            model = build(form, base, before(), behind())
            spread(model, prepared)
            if compile:
                model.compile(loss=compile())
            return Case(architecture, model, prepared, kinds=("h5",), **options)

        return case

    average = lambda *layers: lambda: [L.GlobalAveragePooling2D(), *[layer() for layer in layers]]
    softmax = lambda: L.Dense(CLASSES, activation="softmax")
    augmentation = lambda: [
        keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.1), L.RandomZoom(0.2)], name="augmentation"),
        L.Rescaling(1 / 127.5, offset=-1),
    ]
    bce = lambda: keras.losses.BinaryCrossentropy(from_logits=True)
    scce = lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    nothing = lambda: []

    def randomized(units=16, axes=2):
        """A batch norm whose statistics are not those of a new one."""
        layer = L.BatchNormalization(epsilon=0.01)
        layer.build((*[None] * (axes - 1), units))
        random = np.random.default_rng(13)
        layer.set_weights([random.uniform(0.5, 1.5, units), random.normal(size=units), random.normal(size=units), random.uniform(0.5, 2, units)])
        return layer

    yield "tutorial", functional(
        augmentation, average(lambda: L.Dropout(0.2), lambda: L.Dense(1)), pixels, compile=bce, activation="logit")
    yield "tutorial resnet50", functional(
        augmentation, average(lambda: L.Dropout(0.2), lambda: L.Dense(1)), pixels, "resnet50", compile=bce, activation="logit")
    yield "logits compiled", functional(nothing, average(lambda: L.Dense(CLASSES)), caffe_pixels, compile=scce, activation="logits")
    yield "logits not compiled", functional(nothing, average(lambda: L.Dense(CLASSES)), caffe_pixels, activation="logits")
    yield "softmax layer", functional(nothing, average(lambda: L.Dense(CLASSES), lambda: L.Softmax()), caffe_pixels)
    yield "activation layer", functional(
        nothing, average(lambda: L.Dense(CLASSES, use_bias=False), lambda: L.Activation("softmax")), caffe_pixels)
    yield "two dense", functional(nothing, average(lambda: L.Dense(32, activation="relu"), softmax), caffe_pixels)
    yield "three dense, relu layer, dropout", functional(
        nothing, lambda: [L.Flatten(), L.Dense(24), L.ReLU(), L.Dropout(0.5), L.Dense(16, activation="relu"), softmax()],
        caffe_pixels, "resnet50")
    yield "norm between", functional(
        nothing, average(lambda: L.Dense(16), randomized, lambda: L.ReLU(), softmax), caffe_pixels)
    yield "norm behind relu", functional(
        nothing, average(lambda: L.Dense(16, activation="relu"), randomized, softmax), caffe_pixels)
    yield "norm before the pool", functional(
        nothing, lambda: [randomized(512, 4), L.GlobalAveragePooling2D(), softmax()], caffe_pixels)
    yield "norm before flatten", functional(nothing, lambda: [randomized(512, 4), L.Flatten(), softmax()], caffe_pixels)
    yield "norm behind flatten", functional(nothing, lambda: [L.Flatten(), randomized(2048), softmax()], caffe_pixels)
    yield "norm before a max pool", functional(
        nothing, lambda: [randomized(512, 4), L.GlobalMaxPooling2D(), softmax()], caffe_pixels, refusal="batch_normalization")
    yield "linear hidden layer", functional(nothing, average(lambda: L.Dense(16), softmax), caffe_pixels)
    yield "tanh", functional(
        nothing, average(lambda: L.Dense(16, activation="tanh", name="squeeze"), softmax), caffe_pixels, refusal="squeeze")
    yield "leaky relu", functional(
        nothing, average(lambda: L.Dense(16), lambda: L.LeakyReLU(name="leak"), softmax), caffe_pixels, refusal="leak")
    yield "relu6", functional(
        nothing, average(lambda: L.Dense(16), lambda: L.ReLU(max_value=6, name="six"), softmax), caffe_pixels, refusal="six")
    yield "regression", functional(
        nothing, average(lambda: L.Dense(1, name="age")), caffe_pixels, compile=lambda: "mse", refusal="age")
    yield "pool of the whole map", functional(
        nothing, lambda: [L.AveragePooling2D((2, 2)), L.Flatten(), L.Dense(16, activation="relu"), softmax()], caffe_pixels)
    yield "pool of a part", functional(
        nothing, lambda: [L.AveragePooling2D((2, 1), name="half"), L.Flatten(), softmax()], caffe_pixels, refusal="half")
    yield "normalisation from settings", functional(normalization, average(softmax), pixels)
    yield "normalisation and rescaling", functional(
        lambda: [L.Rescaling(1 / 255), L.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.04, 0.05, 0.06])],
        average(softmax), pixels, "resnet50")
    yield "preprocess_input inside", functional(
        lambda: [keras.applications.vgg16.preprocess_input], average(softmax), pixels)
    yield "preprocess_input of mobilenet inside", functional(
        lambda: [keras.applications.mobilenet.preprocess_input], average(softmax), pixels)
    yield "channels reversed inside", functional(
        lambda: [lambda x: keras.ops.flip(x, -1), lambda x: (x - keras.ops.convert_to_tensor([9.0, 8.0, 7.0])) / 50.0],
        average(softmax), pixels)
    yield "lambda", functional(
        lambda: [L.Lambda(lambda x: x / 255, name="divide")], average(softmax), pixels, refusal="divide")
    yield "lambda, said", functional(
        lambda: [L.Lambda(lambda x: x / 255, name="divide")], average(softmax), pixels, "resnet50", said=["--preprocessing", "raw"])
    yield "resizing", functional(
        lambda: [L.Resizing(SIDE, SIDE, name="resize")], average(softmax), pixels, refusal="resize")
    yield "contradiction", functional(
        lambda: [L.Rescaling(1 / 255)], average(softmax), pixels, said=["--preprocessing", "tf"], refusal="preprocessing")

    def other(make, architecture="vgg16", **options):
        def case():
            model, prepared = make()
            return Case(architecture, model, prepared, kinds=("h5",), **options)

        return case

    def pooled_inside(kind):
        def make():
            base = trunk("resnet50", pooling=kind)
            model = keras.Sequential([L.Input((SIDE, SIDE, 3)), base, softmax()])
            spread(model, caffe_pixels)
            return model, caffe_pixels

        return make

    def two_branches():
        base = trunk("vgg16")
        joined = L.Concatenate(name="both")([L.GlobalAveragePooling2D()(base.output), L.GlobalMaxPooling2D()(base.output)])
        model = keras.Model(base.input, softmax()(joined))
        return model, caffe_pixels

    def cut_short():
        base = trunk("vgg16")
        x = L.GlobalAveragePooling2D()(base.get_layer("block4_pool").output)
        return keras.Model(base.input, softmax()(x)), caffe_pixels

    def extra_convolution():
        base = trunk("vgg16")
        x = L.Conv2D(8, 1, name="extra")(L.MaxPooling2D()(base.output))
        return keras.Model(base.input, softmax()(L.Flatten()(x))), caffe_pixels

    def training_statistics():
        base = trunk("resnet50")
        entry = L.Input((SIDE, SIDE, 3))
        x = L.GlobalAveragePooling2D()(base(entry, training=True))
        return keras.Model(entry, softmax()(x)), caffe_pixels

    def epsilon():
        base = trunk("resnet50")
        for layer in base.layers:
            if isinstance(layer, L.BatchNormalization):
                layer.epsilon = 1e-3
        model = keras.Sequential([L.Input((SIDE, SIDE, 3)), base, L.GlobalAveragePooling2D(), softmax()])
        spread(model, caffe_pixels)
        return model, caffe_pixels

    def nested_head():
        base = trunk("vgg16")
        top = keras.Sequential([L.Input((2, 2, 512)), L.Flatten(), L.Dense(16, activation="relu"), softmax()], name="top")
        entry = L.Input((SIDE, SIDE, 3))
        return keras.Model(entry, top(base(entry))), caffe_pixels

    def two_outputs():
        base = trunk("vgg16")
        pooled = L.GlobalAveragePooling2D()(base.output)
        return keras.Model(base.input, [softmax()(pooled), L.Dense(1, name="second")(pooled)]), caffe_pixels

    def mixed():
        keras.config.set_dtype_policy("mixed_float16")
        try:
            base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3))
            model = keras.Sequential([L.Input((SIDE, SIDE, 3)), base, L.GlobalAveragePooling2D(), L.Dense(CLASSES, activation="softmax", dtype="float32")])
        finally:
            keras.config.set_dtype_policy("float32")
        exact = keras.Sequential([L.Input((SIDE, SIDE, 3)), trunk("vgg16"), L.GlobalAveragePooling2D(), softmax()])
        spread(exact, caffe_pixels)
        model.set_weights(exact.get_weights())
        model.predict = exact.predict
        return model, caffe_pixels

    yield "average inside the trunk", other(pooled_inside("avg"), "resnet50")
    yield "maximum inside the trunk", other(pooled_inside("max"), "resnet50")
    yield "two branches", other(two_branches, refusal="both")
    yield "trunk cut short", other(cut_short, refusal="global_average_pooling2d")
    yield "a convolution more", other(extra_convolution, refusal="extra")
    yield "statistics of the batch", other(training_statistics, "resnet50")
    yield "another epsilon", other(epsilon, "resnet50")
    yield "head of its own model", other(nested_head)
    yield "two outputs", other(two_outputs, refusal="second")
    yield "mixed precision", other(mixed)


def run(program, path, case, options):
    command = [
        program, "predict", f"{path.parent}/in.png", "--weights", str(path), "--architecture", case.architecture,
        "--resize", "squash", "--image-size", str(SIDE), "--format", "jsonl", "--top", "10", *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def judge(case, result, also=None):
    """What became of a case: `as Keras`, `refused`, or what is wrong."""
    code, out, err = result
    if code == 3:
        if case.refusal and case.refusal not in err and not (also and also in err):
            return f"WRONG: does not name {case.refusal}: {err[-300:]}"
        return "refused"
    if code != 0:
        return f"WRONG: exit {code}: {err[-300:]}"
    found = {entry["class"]: entry["probability"] for entry in json.loads(out)["top"]}
    expected = case.answers()
    worst = max(abs(found.get(str(i), 9) - p) for i, p in enumerate(expected)) if len(found) == len(expected) else 9
    if case.refusal and worst > TOLERANCE:
        return f"WRONG: answers where it should refuse: {found}"
    return "as Keras" if worst <= TOLERANCE else f"WRONG: off by {worst:.2g}: {found} for {expected}"


def outcome(program, folder, case, kind):
    path = folder / ("model.h5" if kind == "h5" else "model.weights.h5")
    if kind == "h5":
        case.model.save(path)
        result = judge(case, run(program, path, case, case.said))
        if result == "refused" and not case.refusal:
            result = f"WRONG: refused: {run(program, path, case, case.said)[2][-400:]}"
    else:
        case.model.save_weights(path)
        # What the file leaves open may be what is asked for first: the layer that prepares images has a name, too.
        bare = judge(case, run(program, path, case, []), also="has a layer `rescaling`")
        told = judge(case, run(program, path, case, [*case.said, "--activation", case.activation]))
        result = bare if bare.startswith("WRONG") else told if told.startswith("WRONG") else f"{bare}; told: {told}"
    path.unlink()
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--only", default="")
    parser.add_argument("--kinds", default="h5,weights")
    parser.add_argument("--part", choices=["matrix", "special"])
    arguments = parser.parse_args()
    pixels = photograph()
    counts = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Image.fromarray(pixels).save(folder / "in.png")
        batch = pixels[None].astype(np.float32)
        parts = {"matrix": matrix(batch), "special": special(batch)}
        chosen = [arguments.part] if arguments.part else list(parts)
        for title, make in itertools.chain.from_iterable(parts[part] for part in chosen):
            if arguments.only not in title:
                continue
            keras.backend.clear_session()
            keras.utils.set_random_seed(1)
            case = make()
            for kind in [kind for kind in case.kinds if kind in arguments.kinds.split(",")]:
                result = outcome(arguments.program, folder, case, kind)
                counts[(kind, result.split(":")[0] if result.startswith("WRONG") else result)] += 1
                print(f"{title} [{kind}]: {result}", flush=True)
    for (kind, result), count in sorted(counts.items()):
        print(f"{count:4} {kind:8} {result}")
    sys.exit(any(result.startswith("WRONG") for _, result in counts))


if __name__ == "__main__":
    main()
