#!/usr/bin/env python3
"""`finetune bench` beside PyTorch: both measured in turns, medians and ratios.

    swift build -c release
    python Benchmarks/compare.py --architectures resnet50,vgg16 --cases forward,head,layer4,full --rounds 3

Every figure comes from a process of its own, and the two take turns, so that neither gains from a machine that grows
slower or faster. Run it with nothing else running. Prints a Markdown table; the ratio is ours over PyTorch's best at
the same precision, or at bf16 where ours computes the frozen part in int8.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MODES = {"f32": ["f32"], "bf16": ["bf16", "compile"], "int8": ["bf16", "compile"]}


def measure(command):
    """The JSON object that a benchmark prints, or None where it fails."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        print(f"failed: {' '.join(command)}\n{result.stderr.strip()[-500:]}", file=sys.stderr)
        return None
    return json.loads(result.stdout.strip().splitlines()[-1])


def commands(a, architecture, case, precision):
    """What is measured in turns, by its name in the table."""
    shared = ["--architecture", architecture, "--case", case, "--image-size", str(a.image_size)]
    shared += ["--batch", str(a.batch), "--batch-norm", a.batch_norm, "--repeat", str(a.repeat)]
    found = {"finetune": [a.finetune, "bench", "--json", "--precision", precision, *shared]}
    for mode in MODES[precision]:
        if mode in a.modes.split(","):
            found[mode] = [sys.executable, str(HERE / "pytorch_baseline.py"), "--mode", mode, *shared]
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--architectures", default="resnet50")
    parser.add_argument("--cases", default="forward,head,layer4,full")
    parser.add_argument("--precisions", default="f32,bf16,int8")
    parser.add_argument("--modes", default="f32,bf16,compile", help="PyTorch's")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--batch-norm", default="frozen", choices=["frozen", "adapt"])
    parser.add_argument("--repeat", type=int, default=7, help="timed steps in a process")
    parser.add_argument("--rounds", type=int, default=3, help="processes for each figure")
    parser.add_argument("--finetune", default=str(HERE.parent / ".build/release/finetune"))
    a = parser.parse_args()

    print("| architecture | case | precision | finetune images/s | PyTorch images/s | ratio | finetune MiB | PyTorch MiB |")
    print("|---|---|---|---|---|---|---|---|")
    for architecture in a.architectures.split(","):
        for case in a.cases.split(","):
            for precision in a.precisions.split(","):
                row(a, architecture, case, precision)


def row(a, architecture, case, precision):
    competitors = commands(a, architecture, case, precision)
    figures = {name: [] for name in competitors}
    for _ in range(a.rounds):
        for name, command in competitors.items():
            if figure := measure(command):
                figures[name].append(figure)
    speed = {n: statistics.median(f["images_per_second"] for f in found) for n, found in figures.items() if found}
    memory = {n: max(f["peak_memory_bytes"] for f in found) / 2**20 for n, found in figures.items() if found}
    ours = speed.pop("finetune", None)
    best = max(speed, key=speed.get, default=None)
    cells = [architecture, case, precision]
    cells.append(f"{ours:.1f}" if ours else "–")
    cells.append(", ".join(f"{name} {value:.1f}" for name, value in speed.items()) or "–")
    cells.append(f"{ours / speed[best]:.2f}" if ours and best else "–")
    cells.append(f"{memory['finetune']:.0f}" if ours else "–")
    cells.append(f"{memory[best]:.0f}" if best else "–")
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
