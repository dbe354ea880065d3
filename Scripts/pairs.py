#!/usr/bin/env python3
"""Makes images of several classes out of photographs of one class each: two photographs side by side.

    pairs.py ../shared/data/intel-mini data/pairs
    pairs.py SOURCE OUTPUT [--images N] [--seed S]

SOURCE holds train/ and test/ with a folder of photographs for each class. Written are OUTPUT/train, OUTPUT/validation
and OUTPUT/test, each with images/00001.jpg, ... and labels.csv: the columns `file`, relative to the table, and
`labels`, the classes of both photographs, separated by semicolons; one where both are of the same class.

Each photograph is squeezed to half the width, so that all of it is there: the image is a square, which a network sees
whole however a recipe has it resized. Of a wide image `resize: crop` would cut the outer halves of both away, and
`squash` would squeeze it just the same.

Which photographs meet is drawn from the seed. Every photograph is used about equally often, by default twice. A tenth
of each class's training photographs is set aside for validation: were it taken from the finished images, it would
consist of photographs that were trained on. So no photograph is in two parts.
"""

import argparse
import csv
import os
import random
import shutil
import sys

from PIL import Image, ImageOps

SIDE = 150
QUALITY = 92
USES = 2
VALIDATION = 0.1
SEPARATOR = ";"
SUFFIXES = (".jpg", ".jpeg", ".png")


def photographs(folder: str) -> dict[str, list[str]]:
    """The paths of the photographs of each class, in a fixed order."""
    if not os.path.isdir(folder):
        sys.exit(f"error: {folder} is not there: expected are train/ and test/, each with a folder for each class")
    classes = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.startswith(".") or not os.path.isdir(path):
            continue
        if SEPARATOR in name:
            sys.exit(f"error: {path}: a semicolon in a class's name would separate two labels; rename the folder")
        files = sorted(f for f in os.listdir(path) if f.lower().endswith(SUFFIXES) and not f.startswith("."))
        classes[name] = [os.path.join(path, file) for file in files]
    return classes


def set_aside(classes: dict[str, list[str]], fraction: float, generator: random.Random) -> tuple[dict, dict]:
    """The photographs that are left, and the fraction of each class that is taken."""
    left, taken = {}, {}
    for name, paths in classes.items():
        shuffled = generator.sample(paths, len(paths))
        count = round(len(paths) * fraction)
        taken[name], left[name] = sorted(shuffled[:count]), sorted(shuffled[count:])
    return left, taken


def draw_pairs(classes: dict[str, list[str]], count: int, generator: random.Random) -> list[list[tuple[str, str]]]:
    """Pairs of different photographs, each a class and a path, that use every photograph as often as any other, or once
    more."""
    everything = [(name, path) for name, paths in classes.items() for path in paths]
    drawn: list[tuple[str, str]] = []
    while len(drawn) < 2 * count:
        drawn += generator.sample(everything, len(everything))
    for i in range(0, 2 * count, 2):
        # Where one round ends within a pair, the next may begin with the same photograph.
        if drawn[i] == drawn[i + 1]:
            drawn[i + 1], drawn[i + 2] = drawn[i + 2], drawn[i + 1]
    return [drawn[i : i + 2] for i in range(0, 2 * count, 2)]


def side_by_side(left: str, right: str) -> Image.Image:
    """A square with a photograph squeezed into each half."""
    square = Image.new("RGB", (SIDE, SIDE))
    for x, path in ((0, left), (SIDE // 2, right)):
        with Image.open(path) as photograph:
            upright = ImageOps.exif_transpose(photograph).convert("RGB")
        square.paste(upright.resize((SIDE // 2, SIDE), Image.Resampling.BILINEAR), (x, 0))
    return square


def write_part(folder: str, pairs: list[list[tuple[str, str]]]) -> None:
    os.makedirs(os.path.join(folder, "images"))
    with open(os.path.join(folder, "labels.csv"), "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["file", "labels"])
        for number, ((left_class, left), (right_class, right)) in enumerate(pairs, 1):
            name = f"images/{number:05}.jpg"
            side_by_side(left, right).save(os.path.join(folder, name), quality=QUALITY)
            table.writerow([name, SEPARATOR.join(sorted({left_class, right_class}))])


def main() -> None:
    parser = argparse.ArgumentParser(description="Images of two photographs side by side, with the labels of both.")
    parser.add_argument("source", help="a folder with train/ and test/, each with a folder for each class")
    parser.add_argument("output", help="the folder to make")
    parser.add_argument(
        "--images", type=int, help="for training, the others in proportion; by default each photograph is used twice"
    )
    parser.add_argument("--seed", type=int, default=42)
    arguments = parser.parse_args()
    if arguments.images is not None and arguments.images < 1:
        parser.error("--images must be at least 1")
    output = os.path.normpath(arguments.output)
    if os.path.lexists(output):
        sys.exit(f"error: {output} is there already")

    generator = random.Random(arguments.seed)
    train, test = (photographs(os.path.join(arguments.source, part)) for part in ("train", "test"))
    if unknown := sorted(set(test) - set(train)):
        sys.exit(f"error: classes of the test photographs that those for training lack: {', '.join(unknown)}")
    train, validation = set_aside(train, VALIDATION, generator)
    parts = {"train": train, "validation": validation, "test": test}
    totals = {part: sum(map(len, classes.values())) for part, classes in parts.items()}
    if few := [part for part, total in totals.items() if total < 2]:
        sys.exit(f"error: too few photographs in {arguments.source} for two in part {few[0]}")

    # Renamed when complete, so that a folder of this name always is.
    unfinished = f"{output}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    images = arguments.images or totals["train"] * USES // 2
    for part, classes in parts.items():
        count = max(round(images * totals[part] / totals["train"]), 1)
        write_part(os.path.join(unfinished, part), draw_pairs(classes, count, generator))
        print(f"{part}: {count} images of {totals[part]} photographs")
    os.rename(unfinished, output)


if __name__ == "__main__":
    main()
