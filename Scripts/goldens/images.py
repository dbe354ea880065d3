"""Makes Tests/Goldens/images: small picture files and what Pillow and torchvision make of them.

Run from the root of the package with the versions of Scripts/goldens/requirements.txt. Pixels are kept as CRC-32 of the
RGB bytes, except where results are compared within a tolerance. With ../shared/data present, every photograph of
imagenet-mini is covered too.
"""

import base64
import io
import json
import math
import os
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

OUTPUT = pathlib.Path("Tests/Goldens/images")
SHARED = pathlib.Path(os.environ.get("FINETUNE_SHARED_DATA", "../shared/data"))


def noise(width, height, seed):
    """Pseudo-random bytes that TestPictures.swift makes in the same way."""
    i = np.arange(width * height * 3, dtype=np.uint32)
    h = (i + np.uint32(seed * 7919)) * np.uint32(0x9E3779B1)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    return (h >> np.uint32(24)).astype(np.uint8).reshape(height, width, 3)


def scene(width, height, seed):
    """Smooth colours with some noise, like a photograph; TestPictures.swift makes the same."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    ramp = (x * (3 + c) + y * (5 - c) + c * 60 + seed * 17) % 512
    folded = np.minimum(ramp, 511 - ramp) * 7 // 8
    return (folded + noise(width, height, seed) // 8).astype(np.uint8)


def crc(image):
    return zlib.crc32(np.ascontiguousarray(np.asarray(image)).tobytes())


def record(image):
    return {"width": image.width, "height": image.height, "crc": crc(image)}


def upright(image):
    return ImageOps.exif_transpose(image).convert("RGB")


def on_white(image):
    rgba = image.convert("RGBA")
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


# Picture files


def jpeg_bytes(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **{"quality": 85, **options})
    return buffer.getvalue()


def segment_start(data, marker):
    """The offset of a marker before the first scan."""
    at = 2
    while data[at + 1] != marker:
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return at


def with_sampling(data, factors):
    """Rewrites the sampling factors of the first component."""
    at = segment_start(data, 0xC0)
    return data[: at + 11] + bytes([factors]) + data[at + 12 :]


def as_ycck(data):
    at = segment_start(data, 0xEE)
    return data[: at + 15] + b"\x02" + data[at + 16 :]


def without_adobe(data):
    at = segment_start(data, 0xEE)
    return data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0] :]


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    exif[0x010F] = "camera"
    return exif


def jpeg_files():
    picture = Image.fromarray(scene(67, 45, 1))
    square = Image.fromarray(scene(64, 64, 2))
    yield "rgb-444.jpg", jpeg_bytes(picture, subsampling=0)
    yield "rgb-422.jpg", jpeg_bytes(picture, subsampling=1)
    yield "rgb-420.jpg", jpeg_bytes(picture, subsampling=2)
    yield "rgb-440.jpg", with_sampling(jpeg_bytes(square, subsampling=1), 0x12)
    yield "rgb-420-poor.jpg", jpeg_bytes(picture, subsampling=2, quality=10)
    yield "one-pixel.jpg", jpeg_bytes(picture.crop((0, 0, 1, 1)))
    yield "narrow.jpg", jpeg_bytes(picture.crop((0, 0, 3, 45)))
    yield "grey.jpg", jpeg_bytes(picture.convert("L"))
    yield "grey-progressive.jpg", jpeg_bytes(picture.convert("L"), progressive=True)
    yield "progressive-420.jpg", jpeg_bytes(picture, progressive=True)
    yield "progressive-444.jpg", jpeg_bytes(picture, progressive=True, subsampling=0)
    yield "restarts.jpg", jpeg_bytes(picture, restart_marker_blocks=2)
    yield "stored-as-rgb.jpg", jpeg_bytes(picture, keep_rgb=True)
    cmyk = Image.fromarray(np.dstack([scene(67, 45, 3), scene(67, 45, 4)[:, :, 0]]), "CMYK")
    yield "cmyk.jpg", jpeg_bytes(cmyk)
    yield "cmyk-progressive.jpg", jpeg_bytes(cmyk, progressive=True)
    yield "cmyk-without-adobe.jpg", without_adobe(jpeg_bytes(cmyk))
    yield "ycck.jpg", as_ycck(jpeg_bytes(cmyk))
    small = picture.crop((0, 0, 21, 13))
    for value in range(1, 9):
        yield f"orientation-{value}.jpg", jpeg_bytes(small, exif=orientation(value))


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png_bytes(samples, depth, kind, interlaced=False, chunks=()):
    """Writes a PNG of any kind; `samples` is height × width × channels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    def rows(part):
        if part.size == 0:
            return b""
        if depth == 16:
            packed = part.astype(">u2").reshape(part.shape[0], -1).view(np.uint8)
        else:
            shifts = np.arange(depth - 1, -1, -1)
            bits = (part.reshape(part.shape[0], -1, 1) >> shifts) & 1
            packed = np.packbits(bits.reshape(part.shape[0], -1).astype(np.uint8), axis=1)
        return b"".join(b"\0" + row.tobytes() for row in packed)

    height, width = samples.shape[:2]
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES] if interlaced else [samples]
    data = zlib.compress(b"".join(rows(part) for part in parts))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    body = b"".join(chunk(name, content) for name, content in chunks)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def png_files():
    """Files with the RGB that they mean, as an array; `None` where Pillow says it."""
    rgb = scene(37, 29, 5).astype(int)
    alpha = noise(37, 29, 6)[:, :, :1].astype(int)
    grey = rgb[:, :, :1]
    wide = rgb * 257 - noise(37, 29, 7) // 2
    wide = np.clip(wide, 0, 65535)
    for interlaced in (False, True):
        suffix = "-interlaced" if interlaced else ""
        yield f"rgb{suffix}.png", png_bytes(rgb, 8, 2, interlaced), None
        yield f"rgba{suffix}.png", png_bytes(np.dstack([rgb, alpha]), 8, 6, interlaced), None
        for depth in (1, 2, 4, 8):
            reduced = grey >> (8 - depth)
            yield f"grey-{depth}{suffix}.png", png_bytes(reduced, depth, 0, interlaced), None
        yield f"grey-16{suffix}.png", png_bytes(wide[:, :, :1], 16, 0, interlaced), np.repeat(
            wide[:, :, :1] >> 8, 3, axis=2
        )
    yield "grey-alpha.png", png_bytes(np.dstack([grey, alpha]), 8, 4), None
    yield "grey-alpha-16.png", png_bytes(np.dstack([wide[:, :, :1], alpha * 257]), 16, 4), None
    yield "rgb-16.png", png_bytes(wide, 16, 2), None
    yield "rgba-16.png", png_bytes(np.dstack([wide, alpha * 257]), 16, 6), None
    yield "grey-key.png", png_bytes(grey, 8, 0, chunks=[(b"tRNS", struct.pack(">H", int(grey[3, 4, 0])))]), None
    key = struct.pack(">HHH", *(int(v) for v in rgb[3, 4]))
    yield "rgb-key.png", png_bytes(rgb, 8, 2, chunks=[(b"tRNS", key)]), None
    for depth in (1, 2, 4, 8):
        palette = (b"PLTE", noise(1 << depth, 1, 8).tobytes())
        indices = grey >> (8 - depth)
        yield f"palette-{depth}.png", png_bytes(indices, depth, 3, chunks=[palette]), None
        opacity = (b"tRNS", noise(1 << depth, 1, 9).reshape(-1)[: 1 << depth].tobytes())
        yield f"palette-{depth}-alpha.png", png_bytes(indices, depth, 3, True, [palette, opacity]), None
    exif = orientation(6).tobytes()[6:]
    yield "orientation-6.png", png_bytes(rgb, 8, 2, chunks=[(b"eXIf", exif)]), None
    yield "one-pixel.png", png_bytes(rgb[:1, :1], 8, 2), None
    gamma = (b"gAMA", struct.pack(">I", 100000))
    yield "gamma.png", png_bytes(rgb, 8, 2, chunks=[gamma]), None


def decoding():
    records = {}
    for name, data in jpeg_files():
        (OUTPUT / name).write_bytes(data)
        records[name] = record(upright(Image.open(io.BytesIO(data))))
    for name, data, meant in png_files():
        (OUTPUT / name).write_bytes(data)
        if meant is not None:
            image = Image.fromarray(meant.astype(np.uint8))
        else:
            image = on_white(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
        records[name] = record(image)
    return records


def reducing():
    """JPEG files decoded at a fraction of their size, as Pillow's `draft` does."""
    records = {}
    for name, data in jpeg_files():
        for divisor in (2, 4, 8):
            image = Image.open(io.BytesIO(data))
            if min(image.size) < divisor:
                continue
            size = image.size
            image.draft(None, (size[0] // divisor, size[1] // divisor))
            assert image.size == tuple(-(-side // divisor) for side in size), (name, divisor, image.size)
            records[f"{name} {divisor}"] = record(upright(image))
    return records


# Resizing


def resizing():
    random = np.random.default_rng(20)
    cases = []
    for index in range(160):
        width, height = (int(v) for v in random.integers(1, 90, 2))
        to_width, to_height = (int(v) for v in random.integers(1, 120, 2))
        if index % 5 == 0:
            to_width = width
        if index % 7 == 0:
            to_height = height
        box = None
        if index % 2:
            x = np.sort(random.uniform(0, width, 2))
            y = np.sort(random.uniform(0, height, 2))
            if index % 4 == 1:
                x, y = np.floor(x), np.floor(y) + [0, 1]
                x[1] += 1
            box = [float(x[0]), float(y[0]), float(x[1]), float(y[1])]
        picture = Image.fromarray(noise(width, height, index))
        result = picture.resize((to_width, to_height), Image.Resampling.BILINEAR, box=box)
        cases.append(
            {"width": width, "height": height, "seed": index, "box": box, "to": [to_width, to_height], "crc": crc(result)}
        )
    return cases


def fitting():
    cases = []
    for index, (width, height) in enumerate([(50, 37), (37, 50), (31, 64), (224, 150), (64, 64), (5, 90), (101, 100)]):
        for side in (32, 33, 64):
            picture = Image.fromarray(noise(width, height, index))
            crop = F.center_crop(F.resize(picture, side, InterpolationMode.BILINEAR), side)
            squash = picture.resize((side, side), Image.Resampling.BILINEAR)
            inner = (side, max(side * height // width, 1)) if width >= height else (max(side * width // height, 1), side)
            letterbox = Image.new("RGB", (side, side))
            letterbox.paste(
                picture.resize(inner, Image.Resampling.BILINEAR), ((side - inner[0]) // 2, (side - inner[1]) // 2)
            )
            cases.append(
                {
                    "width": width, "height": height, "seed": index, "side": side,
                    "crop": crc(crop), "squash": crc(squash), "letterbox": crc(letterbox),
                }
            )
    return cases


def views():
    """Mirrored, five and ten crops of pictures, and ten of squares; the crops one below the other."""
    cases = []
    for index, (width, height) in enumerate([(50, 37), (37, 50), (31, 64), (224, 150), (64, 64), (101, 100)]):
        for side in (32, 33, 35, 64):
            picture = Image.fromarray(noise(width, height, index))
            larger = round(side * 256 / 224)
            whole = F.resize(picture, larger, InterpolationMode.BILINEAR)
            square = picture.resize((larger, larger), Image.Resampling.BILINEAR)
            view = F.center_crop(F.resize(picture, side, InterpolationMode.BILINEAR), side)
            cases.append(
                {"width": width, "height": height, "seed": index, "side": side}
                | {
                    name: zlib.crc32(b"".join(np.asarray(view).tobytes() for view in crops))
                    for name, crops in {
                        "flip": [view, F.hflip(view)],
                        "five": F.five_crop(whole, [side, side]),
                        "ten": F.ten_crop(whole, [side, side]),
                        "squareTen": F.ten_crop(square, [side, side]),
                    }.items()
                }
            )
    return cases


def photographs():
    """Every photograph of imagenet-mini: decoded, smaller, larger, at odd sizes, from boxes, as squares."""
    records = {}
    for path in sorted((SHARED / "imagenet-mini").glob("*.JPEG")):
        image = upright(Image.open(path))
        width, height = image.size
        box = (width * 0.1, height * 0.2, width * 0.83, height * 0.77)
        resize = lambda w, h, box=None: crc(image.resize((w, h), Image.Resampling.BILINEAR, box=box))
        records[path.name] = record(image) | {
            "half": resize(width // 2, height // 2),
            "small": resize(64, 48),
            "large": resize(width + 101, height + 53),
            "odd": resize(223, 301),
            "box": resize(224, 224, box),
            "crop": crc(F.center_crop(F.resize(image, 224, InterpolationMode.BILINEAR), 224)),
        }
    return records


# Augmentations


def picture(seed):
    return Image.fromarray(scene(31, 23, seed))


def warps():
    """Geometry: compared within one level, because trigonometric functions differ in their last digits."""
    cases = [
        dict(rotation=17.5), dict(rotation=-121.0), dict(scale=1.3), dict(scale=0.61), dict(shear=[12.0, 0.0]),
        dict(shear=[-9.0, 21.0]), dict(translation=[3, -5]), dict(rotation=8.0, scale=0.9, translation=[-2, 4]),
        dict(rotation=-33.0, scale=1.21, translation=[1, 2], shear=[7.0, -3.0]),
    ]
    for index, case in enumerate(cases):
        full = dict(rotation=0.0, translation=[0, 0], scale=1.0, shear=[0.0, 0.0]) | case
        result = F.affine(
            picture(index), full["rotation"], full["translation"], full["scale"], full["shear"],
            InterpolationMode.BILINEAR, fill=[10, 200, 90],
        )
        yield full | {"seed": index, "pixels": base64.b64encode(result.tobytes()).decode()}


def rotations():
    """Pillow's own rotation, which turns the other way."""
    for index, degrees in enumerate([11.0, -64.0, 150.0]):
        result = F.rotate(picture(index), degrees, InterpolationMode.BILINEAR, fill=[0, 0, 0])
        yield {"degrees": degrees, "seed": index, "pixels": base64.b64encode(result.tobytes()).decode()}


def blurs():
    for index, sigma in enumerate([0.2, 0.5, 1.0, 1.7, 3.0]):
        size = 2 * math.ceil(3 * sigma) + 1
        result = F.gaussian_blur(picture(index), [size, size], [sigma, sigma])
        yield {"sigma": sigma, "seed": index, "pixels": base64.b64encode(result.tobytes()).decode()}


def colours():
    """Colour changes: equal to the last bit."""
    for seed, image in enumerate([picture(1), Image.fromarray(noise(64, 64, 3))]):
        for factor in [0.0, 0.13, 0.5, 0.77, 1.0, 1.2, 1.9, 5.0]:
            yield {"seed": seed, "change": "brightness", "amount": factor, "crc": crc(F.adjust_brightness(image, factor))}
            yield {"seed": seed, "change": "contrast", "amount": factor, "crc": crc(F.adjust_contrast(image, factor))}
            yield {"seed": seed, "change": "saturation", "amount": factor, "crc": crc(F.adjust_saturation(image, factor))}
        for shift in [-0.5, -0.23, -0.05, 0.0, 0.01, 0.2, 0.5]:
            yield {"seed": seed, "change": "hue", "amount": shift, "crc": crc(F.adjust_hue(image, shift))}
        yield {"seed": seed, "change": "grayscale", "amount": 0, "crc": crc(F.to_grayscale(image, 3))}


def crops():
    for index, (x, y, w, h) in enumerate([(0, 0, 31, 23), (4, 5, 20, 11), (30, 22, 1, 1), (2, 0, 7, 23)]):
        for side in (9, 16, 40):
            result = F.resized_crop(picture(index), y, x, h, w, [side, side], InterpolationMode.BILINEAR)
            yield {"seed": index, "region": [x, y, w, h], "side": side, "crc": crc(result)}


def write(name, content):
    (OUTPUT / name).write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    OUTPUT.mkdir(parents=True, exist_ok=True)
    write("decoding.json", decoding())
    write("reducing.json", reducing())
    write("resizing.json", resizing())
    write("fitting.json", fitting())
    write("views.json", views())
    write(
        "augmentations.json",
        {
            "warps": list(warps()), "rotations": list(rotations()), "blurs": list(blurs()), "colours": list(colours()),
            "crops": list(crops()),
        },
    )
    if SHARED.exists():
        write("imagenet-mini.json", photographs())
