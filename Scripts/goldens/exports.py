#!/usr/bin/env python3
"""Computes with the graphs that OperationTests of ExportsTests writes, in onnxruntime, and keeps the sums of those that
yield what PyTorch does.

    FINETUNE_GRAPHS=graphs swift test -c release --filter ExportsTests.OperationTests
    venv/bin/python exports.py graphs

Needs Tests/Goldens/networks/operations.npy, which operations.py makes.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

import formula
from operations import BATCH, CHANNELS, HEIGHT, OUTPUT, WIDTH

TOLERANCE = 5e-6


def goldens():
    """Body and logits of each case, as operations.py has stored them."""
    numbers = np.load(OUTPUT / "operations.npy")
    position, cases = 0, {}
    for case, arrays in json.loads((OUTPUT / "operations.json").read_text()).items():
        cases[case] = {}
        for name, size in arrays:
            cases[case][name] = numbers[position : position + size]
            position += size
    return cases


def distance(found, expected):
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def main(folder):
    images = formula.values("input", (BATCH, HEIGHT, WIDTH, CHANNELS), -2, 2).transpose(0, 3, 1, 2)
    expected = goldens()
    sums = {}
    for path in sorted(folder.glob("*.onnx")):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        body, logits = session.run(None, {"images": np.ascontiguousarray(images)})
        case = expected[path.stem]
        # Rows are maps of one position.
        body = body.reshape(*body.shape[:2], *(body.shape[2:] or (1, 1))).transpose(0, 2, 3, 1).reshape(-1)
        distances = distance(body, case["body"]), distance(logits.reshape(-1), case["logits"])
        print(f"{path.stem:24} body {distances[0]:.1e}  logits {distances[1]:.1e}")
        if max(distances) > TOLERANCE:
            sys.exit(f"{path.stem} yields something else than PyTorch")
        sums[path.stem] = hashlib.sha256(graph_bytes(path)).hexdigest()
    output = OUTPUT.parent / "exports"
    output.mkdir(exist_ok=True)
    (output / "operations.json").write_text(json.dumps(sums, indent=0) + "\n")


def graph_bytes(path):
    """The field `graph` of the file as it lies there: who parses and writes it again may order it otherwise."""
    data, position = path.read_bytes(), 0

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while True:
        key = varint()
        if key & 7 == 0:
            varint()
            continue
        length = varint()
        if key >> 3 == 7:
            return data[position : position + length]
        position += length


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
