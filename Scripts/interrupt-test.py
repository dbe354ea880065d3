#!/usr/bin/env python3
"""Sends SIGTERM or SIGINT to every command at random moments and checks that it ends within a second, with exit code
130 (or as usual, where it was done before), and leaves no unfinished file.

    Scripts/interrupt-test.py PROGRAM [NUMBER] [--seed N] [--only WORD]

PROGRAM is the built `finetune`; each command is interrupted NUMBER times (default 50). Images, weights and recipes are
made in a temporary folder; nothing but Python's own library is needed. Ends with 1 where a command fails.
"""

import argparse
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

LIMIT = 1.0  # seconds from the signal to the end
INTERRUPTED = 130

RECIPE = """\
name: small
model: {architecture: resnet20, weights: none}
data: {train: data, validation: 0.25, test: data, image_size: 64}
augment: [{horizontal_flip: {p: 0.5}}]
stages: [{name: all, train: [all], epochs: 3, lr: 0.01, batch_norm: adapt}]
batch_size: 8
"""


def write_png(path, side, generator):
    """A picture of `side` × `side` random pixels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + generator.randbytes(3 * side) for _ in range(side))
    with open(path, "wb") as file:
        file.write(
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 1))
            + chunk(b"IEND", b"")
        )


def make_data(program, folder, generator):
    """Images of three classes, a recipe, and a trained run."""
    for name in ("cat", "dog", "owl"):
        os.makedirs(f"{folder}/data/{name}")
        for number in range(24):
            write_png(f"{folder}/data/{name}/{number}.png", 160, generator)
    with open(f"{folder}/r.yaml", "w") as file:
        file.write(RECIPE)
    subprocess.run([program, "--recipe", "r.yaml"], cwd=folder, check=True, capture_output=True)
    os.rename(f"{folder}/runs/small-1", f"{folder}/model")


def commands(folder):
    """Name, arguments, and whether the command waits for ever: on its input, or for a reader of its output."""
    images = [f"data/{name}/{number}.png" for name in ("cat", "dog", "owl") for number in range(24)]
    model = ["--model", "model"]
    slow = model + ["--image-size", "192", "--batch", "8"]
    return [
        ("train", ["--recipe", "r.yaml"], False),
        ("check", ["check", "--recipe", "r.yaml"], False),
        ("features .csv", ["features", "--data", "data", "--output", "f.csv", *slow], False),
        ("features .npz", ["features", "--data", "data", "--output", "f.npz", "--layer", "layer1", "--pooling", "none",
                           *slow], False),
        ("features .h5", ["features", "--data", "data", "--output", "f.h5", *slow], False),
        ("probe", ["probe", "--data", "data", "--labels", "l.csv", *slow], False),
        ("evaluate", ["evaluate", "--data", "data", "--output", "judged", *slow], False),
        ("predict", ["predict", *images, "--output", "p.csv", *slow], False),
        ("predict from a silent list", ["predict", "-", "--output", "p.csv", *model], True),
        ("predict to a full pipe", ["predict", *images * 40, "--format", "jsonl", "--top", "3", "--output",
                                    "p.csv", *model], True),
        ("explain", ["explain", *images[:12], "--method", "occlusion", "--output", "e", *model, "--image-size", "96"],
         False),
        ("visualize", ["visualize", "--image", images[0], "--nearest", "data", "--output", "v.png", *slow], False),
        ("export", ["export", "model", "--to", "onnx", "--output", "x.onnx"], False),
        ("inspect", ["inspect", "model/checkpoint.h5"], False),
        ("diff", ["diff", "model", "model/model.h5"], False),
        ("summary", ["summary", "resnet152", "--batch", "64"], False),
        ("bench", ["bench", "--architecture", "resnet50", "--batch", "16", "--repeat", "1", "--case", "full"], False),
        ("list", ["list"], False),
    ]


def catches(process):
    """Whether the process has begun to catch SIGTERM; true as well where it has ended."""
    try:
        with open(f"/proc/{process.pid}/status") as status:
            caught = next(line for line in status if line.startswith("SigCgt:"))
    except (OSError, StopIteration):
        return True
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def start(program, arguments, folder):
    process = subprocess.Popen(
        [program, *arguments], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while process.poll() is None and not catches(process):
        time.sleep(0.001)
    return process


def end(process):
    process.stdin.close()
    process.stdout.close()
    process.wait()


def unfinished(folder):
    """Files that bear a temporary name. What `features` keeps for --resume is called FILE.partial, and may stay."""
    return [
        os.path.join(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if name.endswith(".unfinished")
    ]


def usual(program, arguments, folder):
    """How long the command takes, and how it ends."""
    began = time.monotonic()
    process = start(program, arguments, folder)
    process.stdout.read()
    end(process)
    return time.monotonic() - began, process.returncode


def interrupt(program, arguments, folder, delay, number):
    """Interrupts the command after `delay` seconds. Returns how long it took to end, and what is wrong with it."""
    process = start(program, arguments, folder)
    time.sleep(delay)
    began = time.monotonic()
    was_running = process.poll() is None
    process.send_signal(number)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
    seconds = time.monotonic() - began
    end(process)
    faults = []
    if seconds > LIMIT:
        faults.append(f"took {seconds:.2f} s to end")
    if was_running and process.returncode not in (INTERRUPTED, 0):
        faults.append(f"ended with {process.returncode}")
    faults += [f"left {path}" for path in unfinished(folder)]
    for path in unfinished(folder):
        os.unlink(path)
    return seconds if was_running else 0, process.returncode, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("number", type=int, nargs="?", default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="commands whose name holds this word")
    options = parser.parse_args()
    generator = random.Random(options.seed)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        make_data(options.program, folder, generator)
        for name, arguments, waits in commands(folder):
            if options.only not in name:
                continue
            duration, code = (2.0, INTERRUPTED) if waits else usual(options.program, arguments, folder)
            if code not in (0, INTERRUPTED):
                sys.exit(f"{name}: ends with {code} without being interrupted")
            slowest, interrupted = 0, 0
            for turn in range(options.number):
                delay = generator.uniform(0, duration)
                number = (signal.SIGTERM, signal.SIGINT)[turn % 2]
                seconds, code, faults = interrupt(options.program, arguments, folder, delay, number)
                slowest = max(slowest, seconds)
                interrupted += code == INTERRUPTED
                failed += bool(faults)
                for fault in faults:
                    print(f"{name}: {number.name} after {delay:.3f} s: {fault}", flush=True)
            print(f"{name}: {interrupted} of {options.number} interrupted, the slowest in {slowest:.2f} s", flush=True)
    print(f"{failed} failures")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
