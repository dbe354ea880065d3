"""What the checks against other libraries share: the program, networks with random weights, images, and a table of
outcomes."""

import os
import pathlib
import subprocess

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import keras
import numpy as np
import torch
import torchvision
from PIL import Image

TOLERANCE = 1e-5
SEED = 20
rows = []


def note(case, what, outcome, fine):
    rows.append(fine)
    print(f"{case:28} {what:29} {outcome:32} {'ok' if fine else 'WRONG'}", flush=True)


def difference(case, what, found, expected):
    found, expected = (np.asarray(a, np.float64).reshape(len(a), -1) for a in (found, expected))
    relative = np.abs(found - expected).max() / np.abs(expected).max()
    same = np.array_equal(found.argmax(1), expected.argmax(1))
    note(case, what, f"{relative:.1e}, same top class: {same}", bool(relative <= TOLERANCE and same))


def verdict():
    """The exit code, after a line that sums up."""
    print(f"{sum(rows)} of {len(rows)} checks hold")
    return 0 if rows and all(rows) else 1


class ProgramFailed(SystemExit):
    """What the program said instead of doing what was asked."""


class Program:
    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()

    def __call__(self, *arguments, folder="."):
        words = [str(self.path), *map(str, arguments)]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise ProgramFailed(f"{' '.join(words)}\n{done.stderr}")
        return done.stdout


# --- Networks with random weights

# Scale, shift, mean and variance of batch norm.
STATISTICS = ((0.7, 1.2), (-0.2, 0.2), (-0.2, 0.2), (0.5, 1.5))


def with_statistics(model):
    """A network of PyTorch's whose batch norms say something."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            arrays = (module.weight, module.bias, module.running_mean, module.running_var)
            for array, bounds in zip(arrays, STATISTICS):
                torch.nn.init.uniform_(array, *bounds)
    return model.eval()


def torch_network(name):
    """torchvision's network with statistics that say something."""
    torch.manual_seed(SEED)
    model = with_statistics(getattr(torchvision.models, name)(weights=None))
    if name.startswith("squeezenet"):
        # The last convolution has a ReLU behind it.
        torch.nn.init.uniform_(model.classifier[1].bias, 0.5, 1.5)
    return model


def keras_network(name, **options):
    keras.utils.set_random_seed(SEED)
    random = np.random.default_rng(SEED)
    model = getattr(keras.applications, name)(weights=None, **options)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            size = layer.gamma.shape
            layer.set_weights([random.uniform(*bounds, size).astype("float32") for bounds in STATISTICS])
    return model


# --- Images


def make_images(folder, side, count=6):
    random = np.random.default_rng(SEED)
    folder.mkdir(parents=True)
    for index in range(count):
        # Smooth, as photographs are.
        coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        coarse.resize((side, side), Image.BICUBIC).save(folder / f"{index}.png")


def fit_images(source, folder, side):
    """Pictures as the network sees them, resized once."""
    folder.mkdir(parents=True)
    resize = torchvision.transforms.Compose(
        [torchvision.transforms.Resize(side), torchvision.transforms.CenterCrop(side)]
    )
    for path in sorted(source.glob("*.JPEG")):
        resize(Image.open(path).convert("RGB")).save(folder / f"{path.stem}.png")


def read_pixels(folder):
    return np.stack([np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.rglob("*.png"))])
