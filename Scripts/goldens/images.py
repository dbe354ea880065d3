"""Makes Tests/Goldens/images: small picture files and what Pillow and torchvision make of them.

Run from the root of the package with the versions of Scripts/goldens/requirements.txt. Pixels are kept as CRC-32 of the
RGB bytes, except where results are compared within a tolerance. With ../shared/data present, every photograph of
imagenet-mini is covered too.
"""

import base64
import io
import itertools
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


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def xmp(value, as_element=False):
    """An XMP packet that knows of the orientation only."""
    element = f"><tiff:Orientation>{value}</tiff:Orientation></rdf:Description>"
    attribute = f' tiff:Orientation="{value}"/>'
    return f"<rdf:Description{element if as_element else attribute}".encode()


def raw_exif(value, kind=3):
    """EXIF data of one entry: the orientation as a SHORT or as another type."""
    number = struct.pack("<HH", value, 0) if kind == 3 else struct.pack("<I", value)
    return b"Exif\0\0II*\0" + struct.pack("<IHHHI", 8, 1, 0x0112, kind, 1) + number + b"\0\0\0\0"


def with_segments(jpeg, *contents):
    """A JPEG file with APP1 segments in front of its own."""
    return jpeg[:2] + b"".join(b"\xff\xe1" + struct.pack(">H", len(c) + 2) + c for c in contents) + jpeg[2:]


def png_text(kind, keyword, text):
    """The chunk of a text: plain, compressed, or international and one of both."""
    packed = zlib.compress(text)
    body = {
        b"tEXt": b"\0" + text, b"zTXt": b"\0\0" + packed, b"iTXt": b"\0\0\0\0\0" + text, b"iTXz": b"\0\1\0\0\0" + packed,
    }[kind]
    return (kind.replace(b"z", b"t") if kind == b"iTXz" else kind, keyword + body)


def oriented_files():
    """Every place in which Pillow finds the orientation."""
    picture = Image.fromarray(scene(21, 13, 6))
    jpeg = jpeg_bytes(picture)
    namespace = b"http://ns.adobe.com/xap/1.0/\0"
    yield "orientation-xmp.jpg", with_segments(jpeg, namespace + xmp(6))
    yield "orientation-xmp-element.jpg", with_segments(jpeg, namespace + xmp(8, as_element=True))
    yield "orientation-two-xmp.jpg", with_segments(jpeg, namespace + xmp(6), namespace + xmp(3))
    yield "orientation-exif-and-xmp.jpg", with_segments(jpeg, raw_exif(1), namespace + xmp(6))
    yield "orientation-other-exif-and-xmp.jpg", with_segments(jpeg, b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", namespace + xmp(6))
    yield "orientation-invalid-exif-and-xmp.jpg", with_segments(jpeg, raw_exif(9), namespace + xmp(6))
    yield "orientation-long.jpg", with_segments(jpeg, raw_exif(6, kind=4))
    yield "orientation-split-exif.jpg", with_segments(jpeg, raw_exif(6)[:16], b"Exif\0\0" + raw_exif(6)[16:])
    profile = b"\nexif\n%8d\n%s\n" % (len(raw_exif(6)), raw_exif(6).hex().encode())
    rgb = scene(21, 13, 6).astype(int)
    for kind in (b"tEXt", b"zTXt", b"iTXt", b"iTXz"):
        name = kind.decode().lower()
        yield f"orientation-profile-{name}.png", png_bytes(rgb, 8, 2, chunks=[png_text(kind, b"Raw profile type exif", profile)])
        yield f"orientation-xmp-{name}.png", png_bytes(rgb, 8, 2, chunks=[png_text(kind, b"XML:com.adobe.xmp", xmp(6))])
    for value in (3, 6):
        yield f"orientation-{value}.webp", saved(picture, "WEBP", lossless=True, exif=raw_exif(value)[6:])
        yield f"orientation-xmp-{value}.webp", saved(picture, "WEBP", lossless=True, xmp=xmp(value))
    for value in range(1, 9):
        yield f"orientation-{value}.tiff", saved(picture, "TIFF", tiffinfo={274: value})
    yield "orientation-xmp.tiff", saved(picture, "TIFF", tiffinfo={700: xmp(6)})


def webp_files():
    picture, alpha = Image.fromarray(scene(67, 45, 1)), Image.fromarray(noise(67, 45, 6)[:, :, 0])
    clear = picture.copy()
    clear.putalpha(alpha)
    yield "lossy.webp", saved(picture, "WEBP", quality=60)
    yield "lossless.webp", saved(picture, "WEBP", lossless=True)
    yield "lossy-alpha.webp", saved(clear, "WEBP", quality=60)
    yield "lossless-alpha.webp", saved(clear, "WEBP", lossless=True, exact=True)
    yield "one-pixel.webp", saved(picture.crop((0, 0, 1, 1)), "WEBP")
    frames = [Image.fromarray(scene(40, 30, seed)) for seed in (2, 3)]
    yield "animated.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    small = Image.new("RGBA", (40, 30))
    small.paste(clear.crop((0, 0, 10, 8)), (6, 4))
    yield "animated-alpha.webp", saved(small, "WEBP", save_all=True, append_images=[clear.crop((0, 0, 40, 30))], lossless=True)


def bmp_bytes(width, height, bits, rows, palette=b"", compression=0, masks=b"", header_size=40, top_down=False):
    """A bitmap of padded rows, or of run lengths."""
    if header_size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        signed = -height if top_down else height
        colours = len(palette) // 4
        header = struct.pack("<IiiHHIIiiII", 40, width, signed, 1, bits, compression, len(rows), 0, 0, colours, 0)
        header = struct.pack("<I", header_size) + (header[4:] + (masks if header_size > 40 else b"")).ljust(header_size - 4, b"\0")
    between = palette if header_size > 40 else masks + palette
    offset = 14 + len(header) + len(between)
    return b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset) + header + between + rows


def padded(rows):
    return b"".join(row + b"\0" * (-len(row) % 4) for row in rows)


def bmp_files():
    rgb = scene(37, 29, 5)
    picture = Image.fromarray(rgb)
    for mode in ("1", "L", "P", "RGB"):
        yield f"{mode.lower()}.bmp", saved(picture.convert(mode), "BMP")
    few = picture.quantize(16)
    indices = np.asarray(few)[::-1]
    table = np.zeros((16, 4), np.uint8)
    table[:, 2::-1] = np.array(few.getpalette()[:48]).reshape(16, 3)
    packed = padded(bytes(a << 4 | b for a, b in zip(row[::2], [*row[1::2], 0])) for row in indices)
    yield "palette-4.bmp", bmp_bytes(37, 29, 4, packed, table.tobytes())
    yield "os2.bmp", bmp_bytes(37, 29, 4, packed, table[:, :3].tobytes(), header_size=12)
    short = table[:7].tobytes()
    yield "short-palette.bmp", bmp_bytes(37, 29, 8, padded(row.tobytes() for row in indices), short)
    words = (rgb[::-1, :, 0].astype(int) >> 3 << 10) | (rgb[::-1, :, 1].astype(int) >> 3 << 5) | rgb[::-1, :, 2] >> 3
    yield "rgb-555.bmp", bmp_bytes(37, 29, 16, padded(row.astype("<u2").tobytes() for row in words))
    words = (rgb[:, :, 0].astype(int) >> 3 << 11) | (rgb[:, :, 1].astype(int) >> 2 << 5) | rgb[:, :, 2] >> 3
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    yield "rgb-565-top-down.bmp", bmp_bytes(
        37, 29, 16, padded(row.astype("<u2").tobytes() for row in words), compression=3, masks=masks, top_down=True
    )
    rgba = np.dstack([rgb, noise(37, 29, 6)[:, :, :1]])[::-1]
    yield "rgbx.bmp", bmp_bytes(37, 29, 32, rgba.tobytes())
    yield "rgba.bmp", bmp_bytes(
        37, 29, 32, rgba.tobytes(), compression=3, masks=struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        header_size=56,
    )
    eight, four = run_lengths(37, 29)
    yield "runs-8.bmp", bmp_bytes(37, 29, 8, eight, table.tobytes(), compression=1)
    yield "runs-4.bmp", bmp_bytes(37, 29, 4, four, table.tobytes(), compression=2)


def run_lengths(width, height):
    """Rows of runs, literals, pixels left out and early ends, for 8 and for 4 bits."""
    eight, four = b"", b""
    for y in range(height):
        if y == 7:
            eight, four = eight + b"\0\2" + bytes([5, 1]), four + b"\0\2" + bytes([5, 1])
            eight, four = eight + bytes([width - 5, 3, 0, 0]), four + bytes([width - 5, 0x34, 0, 0])
            continue
        if y == 8:
            continue
        literal = bytes((x + y) % 16 for x in range(5))
        eight += bytes([20, y % 16]) + b"\0\5" + literal + b"\0" + bytes([width - 25, 9])
        nibbles = bytes([literal[0] << 4 | literal[1], literal[2] << 4 | literal[3], literal[4] << 4, 0])
        four += bytes([20, (y % 16) << 4 | 5]) + b"\0\5" + nibbles + bytes([width - 25, 0x92])
        eight, four = eight + b"\0\0", four + b"\0\0"
    return eight + b"\0\1", four + b"\0\1"


def gif_bytes(screen, frame, indices, palette, transparent=None, local=False, interlaced=False):
    """A GIF whose codes are all literal: each row ends with one that clears the table."""
    table = palette.ljust(768, b"\0")
    data = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x77 if local else 0xF7, 0, 0) + (b"" if local else table)
    if transparent is not None:
        data += b"!\xf9\4" + bytes([1, 0, 0, transparent]) + b"\0"
    height, width = indices.shape
    data += b"," + struct.pack("<HHHHB", *frame, width, height, (0x87 if local else 0) | (0x40 if interlaced else 0))
    data += table if local else b""
    order = [y for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, height, step)]
    values = np.concatenate([indices[y] for y in order]) if interlaced else indices.reshape(-1)
    bits, count = 0, 0
    for number, value in enumerate(values):
        codes = [256, int(value)] if number % 100 == 0 else [int(value)]
        for code in codes:
            bits, count = bits | code << count, count + 9
    bits, count = bits | 257 << count, count + 9
    packed = bits.to_bytes((count + 7) // 8, "little")
    blocks = b"".join(bytes([len(packed[i : i + 255])]) + packed[i : i + 255] for i in range(0, len(packed), 255))
    return data + b"\x08" + blocks + b"\0;"


def gif_files():
    picture = Image.fromarray(scene(37, 29, 5))
    yield "palette.gif", saved(picture.quantize(64), "GIF", interlace=0)
    yield "interlaced.gif", saved(picture.quantize(64), "GIF", interlace=1)
    yield "grey.gif", saved(picture.convert("L"), "GIF")
    frames = [Image.fromarray(scene(40, 30, seed)).quantize(32) for seed in (2, 3)]
    yield "animated.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    indices, palette = np.arange(300, dtype=np.uint8).reshape(15, 20) % 200, noise(256, 1, 8).tobytes()
    yield "offset.gif", gif_bytes((40, 30), (7, 5), indices, palette)
    yield "beyond-the-screen.gif", gif_bytes((10, 30), (7, 5), indices, palette, local=True)
    yield "transparent.gif", gif_bytes((40, 30), (7, 5), indices, palette, transparent=33, interlaced=True)


def tiff_bytes(samples, photometric, bits, planes=False, tile=None, extra=None, order="<", big=False, tags=()):
    """An uncompressed TIFF of strips of three rows, or of tiles; `samples` is height × width × samples."""
    height, width, count = samples.shape
    parts = [samples[:, :, i : i + 1] for i in range(count)] if planes else [samples]
    segments = []
    for part in parts:
        high, wide = tile or (3, width)
        for y in range(0, height, high):
            for x in range(0, width, wide):
                piece = part[y : y + high, x : x + wide]
                if tile:
                    piece = np.pad(piece, ((0, high - piece.shape[0]), (0, wide - piece.shape[1]), (0, 0)))
                segments.append(b"".join(packed_row(row, bits, order) for row in piece))
    short, long = (3, "H"), (16, "Q") if big else (4, "I")
    entries = {
        256: (long, [width]), 257: (long, [height]), 258: (short, [bits] * count), 259: (short, [1]), 262: (short, [photometric]),
        277: (short, [count]), 284: (short, [2 if planes else 1]), **dict(tags),
    }
    if extra is not None:
        entries[338] = (short, [extra])
    if tile:
        entries |= {322: (long, [tile[1]]), 323: (long, [tile[0]])}
    else:
        entries[278] = (long, [3])
    word = "Q" if big else "I"
    header_size, entry_size, inline = (16, 20, 8) if big else (8, 12, 4)
    offsets, sizes = (324, 325) if tile else (273, 279)
    entries |= {offsets: (long, [0] * len(segments)), sizes: (long, [len(s) for s in segments])}
    size = header_size + (8 if big else 2) + entry_size * len(entries) + inline
    tails = {tag: struct.calcsize(order + kind[1] * len(values)) for tag, (kind, values) in entries.items()}
    start = size + sum(n for n in tails.values() if n > inline)
    entries[offsets] = (long, list(np.cumsum([start] + [len(s) for s in segments])[:-1]))
    directory, tail = struct.pack(order + ("Q" if big else "H"), len(entries)), b""
    for tag, (kind, values) in sorted(entries.items()):
        data = struct.pack(order + kind[1] * len(values), *(int(v) for v in values))
        directory += struct.pack(order + "HH" + word, tag, kind[0], len(values))
        directory += data.ljust(inline, b"\0") if len(data) <= inline else struct.pack(order + word, size + len(tail))
        tail += data if len(data) > inline else b""
    mark = b"II" if order == "<" else b"MM"
    header = struct.pack(order + "HHHQ", 43, 8, 0, 16) if big else struct.pack(order + "HI", 42, 8)
    return mark + header + directory + b"\0" * inline + tail + b"".join(segments)


def packed_row(row, bits, order):
    flat = row.reshape(-1).astype(int)
    if bits == 16:
        return flat.astype(order + "u2").tobytes()
    if bits == 8:
        return flat.astype(np.uint8).tobytes()
    digits = (flat.reshape(-1, 1) >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(digits.reshape(-1).astype(np.uint8)).tobytes()


def tiff_files():
    """Files with the RGB that they mean, as an array; `None` where Pillow says it."""
    rgb = scene(37, 29, 5)
    picture = Image.fromarray(rgb)
    clear = picture.copy()
    clear.putalpha(Image.fromarray(noise(37, 29, 6)[:, :, 0]))
    cmyk = Image.fromarray(np.dstack([rgb, noise(37, 29, 4)[:, :, 0]]), "CMYK")
    for compression in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "zstd"):
        yield f"rgb-{compression.replace('_', '-')}.tiff", saved(picture, "TIFF", compression=compression), None
    for compression in ("tiff_ccitt", "group3", "group4"):
        yield f"{compression.replace('_', '-')}.tiff", saved(picture.convert("1"), "TIFF", compression=compression), None
    yield "jpeg.tiff", saved(picture, "TIFF", compression="jpeg"), None
    yield "jpeg-cmyk.tiff", saved(cmyk, "TIFF", compression="jpeg"), None
    yield "grey.tiff", saved(picture.convert("L"), "TIFF"), None
    yield "palette.tiff", saved(picture.quantize(64), "TIFF", compression="tiff_lzw"), None
    yield "rgba.tiff", saved(clear, "TIFF", compression="tiff_lzw"), None
    yield "grey-alpha.tiff", saved(clear.convert("LA"), "TIFF"), None
    yield "cmyk.tiff", saved(cmyk, "TIFF"), None
    yield "pages.tiff", saved(picture, "TIFF", save_all=True, append_images=[Image.fromarray(noise(9, 9, 1))]), None
    yield "predictor.tiff", saved(picture, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}), None
    yield "big.tiff", tiff_bytes(rgb, 2, 8, big=True), None
    yield "motorola.tiff", tiff_bytes(rgb, 2, 8, order=">"), None
    yield "planes.tiff", tiff_bytes(rgb, 2, 8, planes=True), None
    yield "tiles.tiff", tiff_bytes(rgb, 2, 8, tile=(16, 16)), None
    yield "planes-of-tiles.tiff", tiff_bytes(rgb, 2, 8, planes=True, tile=(16, 16)), None
    rgba = np.asarray(clear)
    yield "rgba-associated.tiff", tiff_bytes(rgba, 2, 8, extra=1), None
    yield "rgba-unspecified.tiff", tiff_bytes(rgba, 2, 8, extra=0), None
    yield "rgba-undeclared.tiff", tiff_bytes(rgba, 2, 8), None
    for bits in (1, 2, 4, 8):
        for kind, name in ((0, "white"), (1, "black")):
            yield f"min-is-{name}-{bits}.tiff", tiff_bytes(rgb[:, :, :1] >> (8 - bits), kind, bits), None
    wide = np.clip(rgb.astype(int) * 257 - noise(37, 29, 7) // 2, 0, 65535)
    yield "rgb-16.tiff", tiff_bytes(wide, 2, 16), None
    yield "rgb-16-motorola.tiff", tiff_bytes(wide, 2, 16, order=">"), None
    grey = np.repeat(wide[:, :, :1] >> 8, 3, axis=2)
    yield "grey-16.tiff", tiff_bytes(wide[:, :, :1], 1, 16), grey
    yield "grey-16-min-is-white.tiff", tiff_bytes(wide[:, :, :1], 0, 16), 255 - grey
    yield "grey-12.tiff", tiff_bytes(wide[:, :, :1] >> 4, 1, 12), grey


def decoding():
    """Every file's record; the second part of a pair is the RGB that it means, where Pillow does not say it."""
    records = {}
    plain = itertools.chain(jpeg_files(), oriented_files(), webp_files(), bmp_files(), gif_files())
    for name, data, meant in itertools.chain(((*file, None) for file in plain), png_files(), tiff_files()):
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
