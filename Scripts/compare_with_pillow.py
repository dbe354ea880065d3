"""Decodes every picture of a folder here and with Pillow, and explains each difference.

    git clone --depth 1 https://github.com/python-pillow/Pillow
    python3 Scripts/compare_with_pillow.py Pillow/Tests/images

Compared are JPEG, PNG, WebP, BMP, GIF and TIFF files, told by content: upright by `ImageOps.exif_transpose`, transparency
on white, 16 bits as the README says. A difference is fine if EXPLAINED names the file; the script fails where one is not
explained, or an explanation is not needed any more. Needs the versions of Scripts/goldens/requirements.txt.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import warnings
import zlib

from PIL import Image, ImageOps

EXPLAINED = pathlib.Path(__file__).with_name("compare_with_pillow.json")
FORMATS = {"JPEG", "MPO", "PNG", "WEBP", "BMP", "GIF", "TIFF"}
BEGINNINGS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]


def is_picture(path):
    """Whether the file begins as a picture does that is read here."""
    header = path.read_bytes()[:18]
    is_bitmap = header[:2] == b"BM" and header[15:18] == b"\0\0\0"
    is_webp = header[:4] == b"RIFF" and header[8:12] == b"WEBP"
    return is_bitmap or is_webp or any(header.startswith(beginning) for beginning in BEGINNINGS)


def eight_bits(image):
    """The high bytes of 16-bit grey, which Pillow would clip."""
    if not image.mode.startswith("I;16"):
        return image
    return image.convert("I").point(lambda level: level / 256).convert("L")


def on_white(image):
    """RGB, transparency composited on white."""
    if image.mode == "La":
        image = image.convert("LA")
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


def by_pillow(path):
    """Width, height and CRC-32 of the pixels; None for a file of another format; or why there is no picture."""
    try:
        with Image.open(path) as image:
            if image.format not in FORMATS:
                return None
            image = on_white(eight_bits(ImageOps.exif_transpose(image)))
            return f"{image.width} {image.height} {zlib.crc32(image.tobytes())}"
    except Exception as error:
        return f"refused: {type(error).__name__}: {error}"


def by_us(program, paths):
    names = "".join(f"{path}\n" for path in paths)
    output = subprocess.run([program], input=names, capture_output=True, text=True, check=True).stdout
    return dict(line.split("\t", 1) for line in output.splitlines())


def verdict(pillow, ours):
    """What a difference is, in one word; empty where there is none."""
    if pillow.startswith("refused"):
        return "" if ours.startswith("refused") else "accepted"
    if ours.startswith("refused"):
        return "refused"
    return "" if pillow == ours else "pixels"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--program", default=".build/release/DecodePictures")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    files = [path for path in sorted(arguments.folder.rglob("*")) if path.is_file()]
    pillow = {path: by_pillow(path) for path in files}
    files = [path for path in files if is_picture(path) or pillow[path] and not pillow[path].startswith("refused")]
    ours = by_us(arguments.program, files)
    explained = json.loads(EXPLAINED.read_text())
    counts = collections.Counter()
    faults = []
    for path in files:
        name = path.relative_to(arguments.folder).as_posix()
        theirs, mine = pillow[path] or "refused: of another format", ours[str(path)]
        difference = verdict(theirs, mine)
        counts[difference or ("refused by both" if mine.startswith("refused") else "same pixels")] += 1
        if difference != explained.get(name, {}).get("difference", ""):
            faults.append(f"{name}: {difference or 'no difference any more'}\n  Pillow: {theirs}\n  here:   {mine}")
    print("\n".join(faults))
    print(f"{len(files)} files: " + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    print(f"{len(faults)} differences that {EXPLAINED.name} does not explain")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
