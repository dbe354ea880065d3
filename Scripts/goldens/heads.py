"""What PyTorch computes in float64 of heads that pool maxima, flatten, and have hidden layers: `Tests/Goldens/networks/heads`.

    python heads.py

The network is one 3×3 convolution to nine channels and a ReLU, then the head; a batch of four images of 6×5, mean
cross-entropy with the labels 0, 1, 2, 3 of five classes. Weights and images are the formula's, linear weights under our
names in our layout. Each `.npy` is one flat float32 array: the loss, the logits, and the gradients of the parameters in the
network's order.
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import formula

OUT = Path(__file__).resolve().parents[2] / "Tests/Goldens/networks/heads"
BATCH, HEIGHT, WIDTH, CHANNELS, CLASSES = 4, 6, 5, 9, 5
HEADS = {
    "maximum": ("maximum", []),
    "flatten": ("flatten", []),
    "average-hidden": ("average", [(7, True)]),
    "maximum-hidden": ("maximum", [(7, True), (6, False)]),
    "flatten-hidden": ("flatten", [(7, True), (6, True)]),
}


def parameter(name, *shape):
    low, high = formula.value_range(name, shape, False)
    return torch.from_numpy(formula.values(name, shape, low, high)).double().requires_grad_()


def run(pooling, hidden):
    parameters = [parameter("stem.conv.weight", CHANNELS, 3, 3, 3), parameter("stem.conv.bias", CHANNELS)]
    images = torch.from_numpy(formula.values("input", (BATCH, HEIGHT, WIDTH, 3), -2, 2)).double()
    x = F.relu(F.conv2d(images.permute(0, 3, 1, 2), parameters[0].permute(0, 3, 1, 2), parameters[1], padding=1))
    if pooling == "average":
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
    elif pooling == "maximum":
        x = F.adaptive_max_pool2d(x, 1).flatten(1)
    else:
        x = x.permute(0, 2, 3, 1).flatten(1)
    for index, (units, relu) in enumerate([*hidden, (CLASSES, False)]):
        name = "head.linear" if index == len(hidden) else f"head.hidden{index + 1}"
        parameters += [parameter(f"{name}.weight", units, x.shape[1]), parameter(f"{name}.bias", units)]
        x = F.linear(x, *parameters[-2:])
        x = F.relu(x) if relu else x
    loss = F.cross_entropy(x, torch.arange(BATCH))
    loss.backward()
    return [loss, x, *[p.grad for p in parameters]]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name, head in HEADS.items():
        values = np.concatenate([value.detach().numpy().ravel() for value in run(*head)])
        np.save(OUT / f"{name}.npy", values.astype(np.float32))
        print(name, values.shape, values[:6])


main()
