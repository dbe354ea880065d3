#!/usr/bin/env python3
"""Fine-tuning for images of several classes in PyTorch: how good the answers of the same recipe are there.

    python Scripts/pairs.py ../shared/data/intel-mini data/pairs
    python Benchmarks/pytorch_multilabel.py data/pairs --weights ../shared/data/weights/cifar-resnet56-torch-keys.h5

Needs what `Scripts/goldens/requirements.txt` pins. Trains in float32 on the processor, by default from three seeds. One
line of words an epoch on standard error; one line of JSON for each seed, of the best weights by validation loss on the
images of `test/labels.csv`, and one of the means over the seeds. The recipe is `recipes/resnet56-pairs.yaml`.
"""

import argparse
import copy
import csv
import json
import pathlib
import random
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from sklearn import metrics
from torch import nn
from torchvision import transforms as T

from pytorch_finetune import BATCH, TO_TENSOR, reference_models, resnet56, train_stage

IMAGE_SIZE = 64
STAGES = [
    dict(name="head", train=["head"], epochs=4, lr=1e-2, cosine=False),
    dict(name="top", train=["layer3", "head"], epochs=8, lr=1e-3, cosine=True),
]
THRESHOLD = 0.5


def read_table(path):
    """The file and the labels of each row of a `labels.csv`."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = [(row["file"], row["labels"]) for row in csv.DictReader(file)]
    return [(path.parent / name, [label for label in labels.split(";") if label]) for name, labels in rows]


class LabelledImages(torch.utils.data.Dataset):
    """The images of a table, each with a vector of ones for its classes and zeros for the others."""

    def __init__(self, table, classes, transform):
        self.files = [file for file, _ in table]
        self.targets = torch.tensor([[float(c in labels) for c in classes] for _, labels in table])
        self.transform = transform

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        with Image.open(self.files[index]) as image:
            return self.transform(image.convert("RGB")), self.targets[index]


def answer(model, loader):
    """Logits and targets of all images."""
    model.eval()
    with torch.inference_mode():
        batches = [(model(x), y) for x, y in loader]
    return tuple(torch.cat(parts) for parts in zip(*batches))


def judge(model, loader):
    """scikit-learn's figures under the keys of `report.json`."""
    logits, targets = answer(model, loader)
    probabilities, targets = logits.double().sigmoid().numpy(), targets.numpy().astype(int)
    named = (probabilities >= THRESHOLD).astype(int)
    return dict(
        mean_average_precision=metrics.average_precision_score(targets, probabilities, average="macro"),
        micro_f1=metrics.f1_score(targets, named, average="micro"),
        macro_f1=metrics.f1_score(targets, named, average="macro"),
        subset_accuracy=metrics.accuracy_score(targets, named),
        hamming_loss=metrics.hamming_loss(targets, named),
    )


def run(tables, weights, epochs, seed):
    """Trains from one seed; returns the figures of the test images."""
    torch.manual_seed(seed)
    random.seed(seed)
    classes = sorted({label for _, labels in tables["train"] for label in labels})
    # Both sides resized to the square's: `resize: squash`.
    view = [T.Resize((IMAGE_SIZE, IMAGE_SIZE)), TO_TENSOR["resnet56"]]
    transforms = dict(train=T.Compose([T.RandomHorizontalFlip(), *view]))
    loaders = {
        part: torch.utils.data.DataLoader(
            LabelledImages(table, classes, transforms.get(part, T.Compose(view))), BATCH, shuffle=part == "train"
        )
        for part, table in tables.items()
    }
    model = resnet56(weights, len(classes))
    nn.init.zeros_(reference_models.head(model).bias)
    model = model.to(memory_format=torch.channels_last)
    best = {"loss": float("inf")}

    def evaluate(words, seconds):
        loss = F.binary_cross_entropy_with_logits(*answer(model, loaders["validation"])).item()
        if loss < best["loss"]:
            best.update(loss=loss, weights=copy.deepcopy(model.state_dict()))
        print(f"seed {seed}, {words}, validation loss {loss:.4f}, {seconds:.0f} s", file=sys.stderr, flush=True)

    for stage in STAGES:
        if epochs is not None:
            stage = stage | dict(epochs=epochs)
        train_stage(model, stage, loaders["train"], evaluate, nn.BCEWithLogitsLoss())
    last = judge(model, loaders["test"])["mean_average_precision"]
    model.load_state_dict(best["weights"])
    return judge(model, loaders["test"]) | dict(last_mean_average_precision=last)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path, help="a folder that Scripts/pairs.py made")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, help="of each stage, to try this out; by default those of the recipe")
    arguments = parser.parse_args()
    if arguments.epochs is not None and arguments.epochs < 1:
        parser.error("--epochs must be at least 1")
    tables = {part: read_table(arguments.data / part / "labels.csv") for part in ("train", "validation", "test")}
    results = []
    for seed in arguments.seeds:
        results.append(run(tables, arguments.weights, arguments.epochs, seed))
        print(json.dumps(dict(seed=seed) | results[-1]), flush=True)
    means = {key: float(np.mean([result[key] for result in results])) for key in results[0]}
    print(json.dumps(dict(mean_of=len(results)) | means))


if __name__ == "__main__":
    main()
