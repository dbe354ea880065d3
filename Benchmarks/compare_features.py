#!/usr/bin/env python3
"""`finetune features` beside PyTorch: a folder of images to a CSV file of ResNet-50's 2,048 averaged features.

    swift build -c release
    python Benchmarks/compare_features.py --data ../shared/data/intel-mini/test --rounds 3

Both read the same random weights, resize with Pillow's bilinear filter, compute in bfloat16 in batches of 32 and write one
row an image. PyTorch runs eager under autocast, channels last, with two loading processes. The times are those of whole
processes, start-up included; of each, the median counts.
"""

import argparse
import csv
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BATCH = 32


def write_weights(path):
    import h5py
    import torch
    import torchvision

    torch.manual_seed(0)
    with h5py.File(path, "w") as file:
        for key, value in torchvision.models.resnet50(weights=None).state_dict().items():
            file[key] = value.numpy()


def pytorch_features(weights, data, output, side):
    import h5py
    import torch
    import torchvision
    from torchvision import transforms as T

    model = torchvision.models.resnet50(weights=None)
    with h5py.File(weights) as file:
        model.load_state_dict({key: torch.as_tensor(file[key][()]) for key in model.state_dict()})
    model.fc = torch.nn.Identity()
    model = model.eval().to(memory_format=torch.channels_last)
    view = T.Compose(
        [T.Resize(side), T.CenterCrop(side), T.ToTensor(), T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
    )
    folder = torchvision.datasets.ImageFolder(data, view)
    names = (str(pathlib.Path(path).relative_to(data)) for path, _ in folder.samples)
    loader = torch.utils.data.DataLoader(folder, BATCH, num_workers=2)
    with open(output, "w", newline="") as file, torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        writer = csv.writer(file)
        writer.writerow(["filename", "label", *(f"f{i}" for i in range(2048))])
        for x, y in loader:
            features = model(x.to(memory_format=torch.channels_last)).float().tolist()
            writer.writerows([next(names), folder.classes[label], *row] for label, row in zip(y.tolist(), features))


def seconds(command):
    start = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}\n{result.stderr}")
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--finetune", default=str(HERE.parent / ".build/release/finetune"))
    parser.add_argument("--pytorch", nargs=2, metavar=("WEIGHTS", "OUTPUT"), help="run PyTorch's part alone")
    a = parser.parse_args()
    if a.pytorch:
        weights, output = a.pytorch
        pytorch_features(weights, a.data, output, a.image_size)
        return

    with tempfile.TemporaryDirectory() as folder:
        weights = f"{folder}/resnet50.h5"
        write_weights(weights)
        side = ["--image-size", str(a.image_size)]
        ours = [a.finetune, "features", "--data", a.data, "--weights", weights, "--architecture", "resnet50", *side]
        ours += ["--precision", "bf16", "--batch", str(BATCH), "--output", f"{folder}/ours.csv"]
        theirs = [sys.executable, __file__, "--data", a.data, *side, "--pytorch", weights, f"{folder}/theirs.csv"]
        times = {"finetune": [], "PyTorch": []}
        for _ in range(a.rounds):
            times["finetune"].append(seconds(ours))
            times["PyTorch"].append(seconds(theirs))
        with open(f"{folder}/ours.csv") as file:
            count = sum(1 for _ in file) - 1
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, value in medians.items():
        print(f"{name}: {count} images in {value:.1f} s, {count / value:.1f} images/s")
    print(f"ratio {medians['PyTorch'] / medians['finetune']:.2f}")


if __name__ == "__main__":
    main()
