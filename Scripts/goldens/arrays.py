"""Files of NumPy arrays for Tests/Goldens/arrays: python Scripts/goldens/arrays.py

Versions are pinned in requirements.txt beside this file.
"""

import io
import json
import pathlib
import zipfile

import numpy as np

folder = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Goldens" / "arrays"
integers = "|i1 <i2 >i2 <i4 >i4 <i8 >i8 |u1 <u2 >u2 <u4 >u4".split()
floats = "<f2 >f2 <f4 >f4 <f8 >f8".split()
texts = ["", "a", "Straße", "猫 🐈", "two\nlines"]


def every_type():
    """An array of each type that is read."""
    arrays = {"booleans": np.array([True, False, True])}
    for name in integers:
        limits = np.iinfo(name)
        arrays[name[1:] + "-" + order(name)] = np.array([limits.min, 0, 1, 77, limits.max], name)
    for name in floats:
        limits = np.finfo(name)
        numbers = [limits.min, -0.5, 0, limits.smallest_subnormal, 1 / 3, limits.max, np.inf, -np.inf]
        arrays[name[1:] + "-" + order(name)] = np.array(numbers, name)
    arrays["text-little"] = np.array(texts, "<U9")
    arrays["text-big"] = np.array(texts, ">U9")
    arrays["bytes"] = np.array([text.encode() for text in texts], "|S14")
    arrays["single"] = np.array(7, "<i4")
    arrays["none"] = np.zeros((0, 3), "<f4")
    return arrays


def order(name):
    return "big" if name[0] == ">" else "little"


def every_order():
    """Arrays in the order of Fortran, and some that are in both."""
    numbers = np.arange(120, dtype="<i4")
    return {
        "line": np.asfortranarray(numbers),
        "column": np.asfortranarray(numbers.reshape(120, 1)),
        "plane": np.asfortranarray(numbers.reshape(8, 15)),
        "space": np.asfortranarray(numbers.reshape(4, 5, 6)),
        "more": np.asfortranarray(numbers.reshape(2, 1, 3, 4, 5).astype(">f8")),
        "pixels": np.asfortranarray(numbers.reshape(5, 4, 3, 2).astype("|u1")),
        "texts": np.asfortranarray(numbers.astype("<U3").reshape(10, 12)),
        "nothing": np.asfortranarray(np.zeros((0, 7), "<i4")),
    }


def pictures():
    """Six pictures, their labels and the names of the classes."""
    rows, columns = np.mgrid[:12, :10]
    pixels = np.stack([(rows * columns * (k + 1)) % 251 for k in range(6)]).astype(np.uint8)
    return {"pixels": pixels, "labels": np.array([0, 1, 2, 0, 1, 2]), "classes": np.array(["cat", "dog", "owl"])}


def levels(count, *shape):
    """Pixels that are all different as far as a byte goes."""
    return (np.arange(count * int(np.prod(shape))) * 37 % 256).astype("|u1").reshape(count, *shape)


def like_keras():
    """Named and shaped as in Keras' mnist.npz."""
    return {
        "x_test": levels(3, 4, 5),
        "x_train": levels(6, 4, 5)[::-1],
        "y_train": np.array([5, 0, 4, 1, 0, 5], "|u1"),
        "y_test": np.array([4, 0, 5], "|u1"),
    }


def like_medmnist():
    """Named and shaped as in MedMNIST's files."""
    return {
        "train_images": levels(6, 4, 5, 3),
        "train_labels": np.array([[0], [2], [1], [0], [1], [2]], "|u1"),
        "val_images": levels(2, 4, 5, 3) + 1,
        "val_labels": np.array([[2], [0]], "|u1"),
        "test_images": levels(3, 4, 5, 3) + 2,
        "test_labels": np.array([[1], [1], [0]], "|u1"),
    }


def layouts():
    """Images in all forms, and labels."""
    grey, colours = levels(4, 3, 5), levels(4, 3, 5, 3)
    images = {
        "grey": grey,
        "grey-last": grey[..., None],
        "grey-first": grey[:, None],
        "interleaved": colours,
        "planar": np.ascontiguousarray(colours.transpose(0, 3, 1, 2)),
        "rows": levels(4, 16),
        "planar-rows": np.ascontiguousarray(colours.transpose(0, 3, 1, 2)).reshape(4, 45),
        "fortran": np.asfortranarray(colours),
    }
    images |= {name[1:] + "-" + order(name): grey.astype(name) for name in integers + floats if name[1:] not in ("i1", "u1")}
    labels = {
        "integers": np.array([7, -1, 7, 10], "<i8"),
        "column": np.array([[7], [1], [7], [10]], ">i2"),
        "wholes": np.array([7, 1, 7, 10], "<f8"),
        "texts": np.array(["b", "Straße", "b", "a"]),
        "bytes": np.array([[b"b"], [b"x"], [b"b"], [b"a"]]),
        "one-hot": np.eye(3, dtype="<f4")[[1, 0, 1, 2]],
        "several": np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 1]], "|u1"),
        "parted": np.array(["a;b", "", "b", "c | a"]),
        "prices": np.array([0.5, -2, 1e9, 3], "<f4"),
    }
    return images, labels


def as_pictures(images, planar_rows=False):
    """Height × width × 3 of each image, one row of numbers."""
    if images.ndim == 2:
        images = images.reshape(4, 3, 3, 5) if planar_rows else images.reshape(len(images), 4, 4)
    if images.ndim == 3:
        images = images[..., None]
    if images.shape[-1] not in (1, 3):
        images = images.transpose(0, 2, 3, 1)
    images = np.broadcast_to(images, images.shape[:3] + (3,))
    return {"height": images.shape[1], "width": images.shape[2], "pixels": images.reshape(len(images), -1)}


def write_images():
    """Archives of images, and what their pictures are: images.json has a line for each array of them."""
    images, labels = layouts()
    archives = {"keras": like_keras(), "medmnist": like_medmnist(), "layouts": images | labels}
    lines = []
    for archive, arrays in archives.items():
        (np.savez if archive == "keras" else np.savez_compressed)(folder / f"{archive}.npz", **arrays)
        for name, array in arrays.items():
            if "labels" in name or name in labels or name.startswith("y_"):
                continue
            pictures = as_pictures(array, name == "planar-rows")
            pictures["pixels"] = pictures["pixels"].astype(int).tolist()
            lines.append(f"{json.dumps(f'{archive}/{name}')}: {json.dumps(pictures)}")
    (folder / "images.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def described(array):
    values = array.ravel().tolist()
    if array.dtype.kind == "S":
        values = [value.decode() for value in values]
    return {"shape": list(array.shape), "type": array.dtype.str, "values": values}


def as_text(groups):
    """JSON with an array on each line."""
    texts = []
    for name, arrays in groups.items():
        lines = [f"  {json.dumps(key)}: {json.dumps(described(array))}" for key, array in arrays.items()]
        texts.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(texts) + "\n}\n"


class Pipe(io.BytesIO):
    """A file that is written from front to back, so that sizes follow contents."""

    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation

    def tell(self):
        raise io.UnsupportedOperation


def write_streamed(arrays):
    pipe = Pipe()
    np.savez_compressed(pipe, **arrays)
    (folder / "streamed.npz").write_bytes(pipe.getvalue())


def write_wide(arrays):
    """With 64-bit fields wherever the format has them."""
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = -1, -1
    np.savez_compressed(folder / "wide.npz", **arrays)
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits


def write_commented(arrays):
    """With a comment that looks like an archive's end, and a file that is no array."""
    np.savez(folder / "commented.npz", **arrays)
    with zipfile.ZipFile(folder / "commented.npz", "a") as archive:
        archive.writestr(zipfile.ZipInfo("notes.txt"), "no array")
        archive.comment = b"made by PK\x05\x06" + bytes(30)


def write_version(array, version):
    with open(folder / f"version{version}.npy", "wb") as file:
        np.lib.format.write_array(file, array, (version, 0))


def write_refused():
    arrays = {
        "objects": np.array(["a", 1, None], object),
        "fields": np.zeros(2, [("a]'", "<i4"), ("b", "<f4", (2, 2))]),
        "complex": np.zeros(2, "<c8"),
        "dates": np.array(["2001-02-03"], "<M8[D]"),
        "durations": np.array([1], "<m8[s]"),
        "void": np.zeros(2, "|V2"),
        "long-floats": np.zeros(2, "<f16"),
    }
    np.savez(folder / "refused.npz", **arrays)
    return list(arrays)


def main():
    folder.mkdir(exist_ok=True)
    expected = {"types": every_type(), "orders": every_order(), "pictures": pictures()}
    np.savez_compressed(folder / "types.npz", **expected["types"])
    np.savez_compressed(folder / "orders.npz", **expected["orders"])
    np.savez_compressed(folder / "compressed.npz", **pictures())
    write_streamed(pictures())
    write_wide(pictures())
    write_commented(pictures())
    for version in 1, 2, 3:
        write_version(pictures()["pixels"], version)
    write_refused()
    write_images()
    (folder / "expected.json").write_text(as_text(expected))


main()
