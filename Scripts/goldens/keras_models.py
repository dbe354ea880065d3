"""A few of the models of `keras_heads.py` as files and Keras' own answers: `Tests/Goldens/weights/model-*` and
`models.json`.

    KERAS_BACKEND=torch python keras_models.py

Tensors are periodic, as those of `weights.py`. The images are `pixels()`, which `KerasModelTests.swift` repeats.
"""

import json
import tempfile

import h5py
import keras
import numpy as np
from keras import layers as L

import keras_heads as heads
import weights

SIDE = heads.SIDE


def pixels():
    """Noise on a ramp, 64×64×3 bytes."""
    index = np.arange(SIDE * SIDE * 3, dtype=np.uint64)
    noise = (index * np.uint64(2654435761) >> np.uint64(9)) & np.uint64(63)
    ramp = index // np.uint64(SIDE * 3) * np.uint64(3)
    return (noise + ramp).astype(np.uint8).reshape(1, SIDE, SIDE, 3).astype(np.float32)


def leaves(model):
    for layer in model.layers:
        yield from leaves(layer) if isinstance(layer, keras.Model) else [layer]


def fill(model):
    """Periodic numbers for every layer but those that were adapted to data."""
    roles = weights.KERAS_FIELDS
    ordinal = 0
    for layer in leaves(model):
        if isinstance(layer, L.Normalization):
            continue
        for variable in layer.weights:
            field = variable.path.split("/")[-1]
            if field not in roles:
                continue
            closes = ".norm3." if layer.name.endswith(("_3_bn", "_project_BN")) else "."
            name = f"{layer.name}{closes}{roles[field]}"
            fan_in = int(np.prod(variable.shape[: 2 if isinstance(layer, L.DepthwiseConv2D) else -1]))
            variable.assign(weights.periodic(name, ordinal, tuple(variable.shape), fan_in))
            ordinal += 1


def spread(model, images):
    """Scales the last linear layer so that answers are neither equal nor sure."""
    dense = [layer for layer in model.layers if isinstance(layer, L.Dense)][-1]
    kernel, *bias = dense.get_weights()
    features = np.asarray(keras.Model(model.inputs, dense.input).predict(images, verbose=0))
    logits = features @ kernel
    largest = np.abs(logits - logits.mean() if kernel.shape[1] > 1 else logits).max()
    dense.set_weights([kernel * np.float32(2.0 ** np.round(np.log2(1.2 / max(largest, 1e-9)))), *bias])


def around(architecture, form, before, behind, compile=None):
    def make():
        model = heads.build(form, heads.trunk(architecture), before(), behind())
        if compile:
            model.compile(loss=compile())
        return model

    return make


def softmax():
    return L.Dense(4, activation="softmax", name="answer")


def augmented():
    return [keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.1)], name="augmentation"),
            L.Rescaling(1 / 127.5, offset=-1)]


def logit():
    return [L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(1, name="answer")]


def mobile():
    trunk = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3))
    return heads.build("nested", trunk, [L.Rescaling(1 / 127.5, offset=-1)], [L.GlobalAveragePooling2D(), softmax()])


def normed():
    return L.BatchNormalization(epsilon=0.01)


RAW, CAFFE = (lambda p: p), heads.caffe
BCE = lambda: keras.losses.BinaryCrossentropy(from_logits=True)

# Name, model, what happens to pixels outside of it, how its numbers become probabilities.
MODELS = [
    ("tutorial", around("vgg16", "nested", augmented, logit, BCE), RAW, "logit"),
    ("flatten", around("vgg16", "functional", lambda: [], lambda: [L.Flatten(), softmax()]), CAFFE, "softmax"),
    ("maximum", around("resnet50", "sequential", heads.adapted,
        lambda: [L.GlobalMaxPooling2D(), L.Dense(1, activation="sigmoid", name="answer")]), RAW, "sigmoid"),
    ("hidden", around("vgg16", "nested", lambda: [keras.applications.vgg16.preprocess_input],
        lambda: [L.GlobalAveragePooling2D(), L.Dense(24, use_bias=False), normed(), L.ReLU(), L.Dropout(0.5),
            L.Dense(16, activation="relu", name="hidden"), normed(), softmax()]), RAW, "softmax"),
    ("norm", around("resnet50", "functional", lambda: [L.Rescaling(1 / 255)],
        lambda: [L.BatchNormalization(), L.Flatten(), L.Dense(4), L.Activation("softmax")]), RAW, "softmax"),
    ("several", around("vgg16", "sequential", lambda: [],
        lambda: [L.GlobalAveragePooling2D(), L.Dense(4, activation="sigmoid", name="answer")]), CAFFE, "several"),
    ("mobile", mobile, RAW, "softmax"),
]
# As `.weights.h5`.
WEIGHTS = [
    ("bare-maximum", around("vgg16", "nested", heads.adapted, lambda: [L.GlobalMaxPooling2D(), softmax()]), RAW, "softmax"),
    ("bare-sigmoid", around("vgg16", "sequential", lambda: [L.Rescaling(1 / 127.5, offset=-1)],
        lambda: [L.Flatten(), L.Dense(1, activation="sigmoid", name="answer")]), RAW, "sigmoid"),
]


def answers(model, images, kind):
    numbers = np.asarray(model.predict(images, verbose=0))[0].astype(np.float64)
    if kind == "logit":
        numbers = 1 / (1 + np.exp(-numbers))
    return [1 - numbers[0], numbers[0]] if len(numbers) == 1 else list(numbers)


def main():
    expected = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, make, outside, kind in MODELS + WEIGHTS:
            keras.backend.clear_session()
            model = make()
            images = outside(pixels())
            fill(model)
            spread(model, images)
            path = f"{folder}/{name}.weights.h5" if (name, make, outside, kind) in WEIGHTS else f"{folder}/{name}.h5"
            (model.save_weights if path.endswith(".weights.h5") else model.save)(path)
            weights.pack(path, f"model-{name}")
            expected[name] = answers(model, images, kind)
            print(name, expected[name])
    target = weights.OUT / "models.json"
    known = json.loads(target.read_text()) if target.exists() else {}
    target.write_text(json.dumps(known | expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
