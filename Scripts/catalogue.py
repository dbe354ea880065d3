#!/usr/bin/env python3
"""Writes the part of Weights/catalog.yaml that packages of Python publish: torchvision, timm and Keras.

    python Scripts/catalogue.py --timm-results results-imagenet.csv [--check]

Addresses, checksums, image sizes, licences and, of torchvision, accuracies come from the packages, of the versions in
`VERSIONS`. timm's accuracies are in the file `results/results-imagenet.csv` of its repository, version 1.0.28. What no package
tells stands in tables here, each with its source. Whatever stands above the line `MARK` is written by hand, and kept.
`--check` writes nothing and fails where the file is another.
"""

import argparse
import ast
import csv
import importlib.metadata
import math
import re
import sys
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parent.parent / "Weights/catalog.yaml"
MARK = "# Written by Scripts/catalogue.py from here on.\n"
VERSIONS = {"torchvision": "0.29.2", "timm": "1.0.31", "keras": "3.15.1"}

RESNETS = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
VGGS = [f"vgg{depth}{norm}" for depth in (11, 13, 16, 19) for norm in ("", "_bn")]
TORCHVISION = RESNETS + VGGS + ["alexnet", "squeezenet1_1", "mobilenet_v2"]
TIMM = {name: name for name in RESNETS + VGGS} | {"mobilenetv2_100": "mobilenet_v2"}
FORMS = {
    "torch": {name: "v1.5" for name in RESNETS} | {"squeezenet1_1": "torch", "mobilenet_v2": "torch"},
    "keras": {name: "original" for name in RESNETS} | {"mobilenet_v2": "keras"},
}
CLASSES = {"classes": 1000, "class_names": "Weights/imagenet-classes.txt"}

# Mean and standard deviation of the pixels, on the scale 0...1.
PREPROCESSING = {
    ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)): "torch",
    ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)): "tf",
}
# torchvision's VGG-16 for detection: only its convolutions are of use, and its pixels are prepared in a way of their own.
LEFT_OUT = {"vgg16_features-amdegroot-88682ab5.pth"}

LICENCES = {
    "apache-2.0": "Apache-2.0",
    "bsd-3-clause": "BSD-3-Clause",
    "cc-by-nc-4.0": "CC-BY-NC-4.0 (non-commercial)",
    None: "none stated",
}
# Of Keras' weights: the documentation that came with them, and for what it does not name the authors' repository.
KERAS_DOCUMENTATION = (
    "https://github.com/keras-team/keras/blob/034466bbe50bf68b64d4883b62deec0372869f87/docs/templates/applications.md"
)
HE = "https://github.com/KaimingHe/deep-residual-networks/blob/master/LICENSE"
KERAS_LICENCES = {
    "resnet50": ("MIT", KERAS_DOCUMENTATION),
    "resnet101": ("MIT (of the authors' weights)", HE),
    "resnet152": ("MIT (of the authors' weights)", HE),
    "vgg16": ("CC-BY-4.0", KERAS_DOCUMENTATION),
    "vgg19": ("CC-BY-4.0", KERAS_DOCUMENTATION),
    "mobilenet_v2": ("Apache-2.0", KERAS_DOCUMENTATION),
}
# The table on https://keras.io/api/applications: templates/api/applications/index.md in keras-team/keras-io.
KERAS_ACCURACIES = {
    "resnet50": (74.9, 92.1),
    "resnet101": (76.4, 92.8),
    "resnet152": (76.6, 93.1),
    "vgg16": (71.3, 90.1),
    "vgg19": (71.3, 90.0),
    "mobilenet_v2": (71.3, 90.1),
}
# Sizes in bytes that servers or repositories tell, by file name.
SIZES = {
    "resnet50_weights_tf_dim_ordering_tf_kernels.h5": 102967424,
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5": 94765736,
    "vgg16_weights_tf_dim_ordering_tf_kernels.h5": 553467096,
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5": 58889256,
    "mobilenet_v2-b0353104.pth": 14212972,
}
# Of `model.safetensors`, as the page of the file on huggingface.co/timm shows them. Whoever fetches one of the others gets
# the sum from the server.
SHA256 = {
    "resnet18.a1_in1k": "80c49dee3da4822c009c5a7fe591e9223c5a2cfcf95a4067ca4dfb5a7b89c612",
    "resnet18.a3_in1k": "f049dd3c2e08176be8844dd123467fa5714cff1f141dcfe0ab4975e567f9de21",
    "resnet18.gluon_in1k": "6991fcc0c58379a8496f6273b2f211e492f6af6494041fded649a482772ad2bf",
    "resnet50.a1_in1k": "773525d5821de224f8f30c33377b7a795d7863e08522698200d3217d3f2a41bb",
    "resnet50.a2_in1k": "f531f9aca4dde1b89e9a465c5b9e3b916a2d1b20a216acf3b9473d1e1212ecf6",
    "resnet50.b1k_in1k": "cd64707e0ef72aa0526ac6d46fba6495ad2088717adb47a62a0b526eb3cd3480",
    "resnet50.b2k_in1k": "0c89502f61808f6fac8c7044eb59c072877c171529fc001bc85403982115232c",
    "resnet50.d_in1k": "d8ed291891c8ee5777f68136665a4eee2f9ddeb2a9bc88acf4b1676b3bbebf55",
    "resnet50.ra_in1k": "c49195c94e4fe19545a332e706f998d836f63b5d9892cc54526df3ee9b92ba18",
    "resnet50.tv_in1k": "5d061a3c593d795bfe682d9b152bafbcf550579873492def3515b46db1189888",
    "resnet101.a1_in1k": "1ba5b660e7c175b3c27c557fc7dc8b2815be830c516815b0155f61b403f27380",
    "resnet101.a1h_in1k": "1a076c0384295e7d3704f201c5711ff245507db934230bab72ff3014a95f90fe",
    "resnet101.a2_in1k": "d44a7f2e7eaea0bee834ea5e7fd691d239057014628df0bd194c312773b92c83",
    "resnet101.a3_in1k": "846baf57eaff38823a70bf63fe58052d2d6b93bd25d3b89c4d31f6909babba0b",
    "resnet152.tv_in1k": "15897077afdf4d6334dc0c3f8e6fb483afb3faa9298c139f3c6eb29bca6ae5b2",
    "vgg11.tv_in1k": "682c023808812148d4e60c76d80ad83dbeaf5d50eb1a952a0b836895003151e5",
    "vgg13_bn.tv_in1k": "7dae235e35772693cd527e7ac9ef8f6594707a14a8d26aabdb83c0baa6847861",
    "vgg16.tv_in1k": "57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
    "vgg16_bn.tv_in1k": "88bbedbc8e780413736db38ac4efd41b06fc0e93fd5b8879b584bba63a950129",
    "vgg19.tv_in1k": "11aea017b543ff59233749d8f1cf544cda749378f5790d2fedab841fb86b7669",
    "vgg19_bn.tv_in1k": "f8249087e63bae61c6166bb23d7c26efe1b2a43fd9fb5cd60ac6ce00535ba312",
    "mobilenetv2_100.ra_in1k": "55ea4fb3a96010b933710ebf44fc965b070d5cd054d3f35e44f2d1320b4a714e",
}

KEYS = [
    "architecture", "layout", "preprocessing", "form", "classes", "class_names", "image_size", "resize", "interpolation",
    "top1", "top5", "url", "size", "md5", "sha256", "licence", "licence_source", "note",
]  # fmt: skip
QUOTED = {"md5", "sha256", "note"}


def torchvision_entries():
    from torchvision.models import get_model_weights

    for name in TORCHVISION:
        for weights in get_model_weights(name):
            file = weights.url.rsplit("/", 1)[1]
            if file in LEFT_OUT:
                continue
            version = "" if weights.name.endswith("_V1") else "-v2"
            transforms = weights.transforms()
            accuracy = weights.meta["_metrics"]["ImageNet-1K"]
            yield f"{name}{version}-torchvision", {
                "architecture": name,
                "layout": "torch",
                "preprocessing": PREPROCESSING[tuple(transforms.mean), tuple(transforms.std)],
                "form": FORMS["torch"].get(name),
                **CLASSES,
                "image_size": transforms.crop_size[0],
                "resize": transforms.resize_size[0],
                "interpolation": transforms.interpolation.value,
                "top1": accuracy["acc@1"],
                "top5": accuracy["acc@5"],
                "url": weights.url,
                "size": SIZES.get(file),
                "sha256": re.search(r"-([0-9a-f]{8})\.pth$", file)[1],
                "licence": "none stated (the code is BSD-3-Clause)",
                "licence_source": f"torchvision {VERSIONS['torchvision']}, METADATA, Pre-trained Model License",
            }


def timm_accuracies(path):
    """(top1, top5) by name and image size."""
    with open(path, newline="") as file:
        return {(row["model"], int(row["img_size"])): (row["top1"], row["top5"]) for row in csv.DictReader(file)}


def timm_entries(accuracies):
    from timm.models import get_pretrained_cfg, list_pretrained

    published = list_pretrained()
    for family, architecture in TIMM.items():
        for name in (name for name in published if name.split(".")[0] == family):
            entry = timm_entry(name, architecture, get_pretrained_cfg(name))
            side = entry["image_size"]
            if (name, side) in accuracies:
                entry["top1"], entry["top5"] = map(float, accuracies[name, side])
            others = [(size, found) for (other, size), found in accuracies.items() if other == name and size != side]
            if others:
                size, (top1, top5) = max(others)
                entry["note"] = f"at {size}×{size} pixels: top1 {top1}, top5 {top5}"
            yield f"{name}-timm", entry


def timm_entry(name, architecture, settings):
    side = settings.input_size[1]
    return {
        "architecture": architecture,
        "layout": "torch",
        "preprocessing": PREPROCESSING[settings.mean, settings.std],
        "form": FORMS["torch"].get(architecture),
        **(CLASSES if settings.num_classes == 1000 else {}),
        "image_size": side,
        "resize": math.floor(side / settings.crop_pct),
        "interpolation": settings.interpolation,
        "url": f"hf://{settings.hf_hub_id}",
        "sha256": SHA256.get(name),
        "licence": LICENCES[settings.license],
        "licence_source": f"timm {VERSIONS['timm']}, pretrained_cfg of {name}",
    }


def keras_files():
    """(architecture, address, MD5 sum, whether it has a classifier) of each file, out of Keras' source."""
    folder = Path(importlib.metadata.distribution("keras").locate_file("keras/src/applications"))
    prefix = "https://storage.googleapis.com/tensorflow/keras-applications"
    sums = re.search(r"^WEIGHTS_HASHES = (\{.*?^\})", (folder / "resnet.py").read_text(), re.DOTALL | re.MULTILINE)[1]
    hashes = ast.literal_eval(sums)
    for name in ("vgg16", "vgg19"):
        hashes[name] = re.findall(r'file_hash="([0-9a-f]{32})"', (folder / f"{name}.py").read_text())
    for name in ("resnet50", "resnet101", "resnet152", "vgg16", "vgg19"):
        place = f"{prefix}/{'resnet' if name.startswith('resnet') else name}/{name}_weights_tf_dim_ordering_tf_kernels"
        yield name, f"{place}.h5", hashes[name][0], True
        yield name, f"{place}_notop.h5", hashes[name][1], False
    place = f"{prefix}/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224"
    yield "mobilenet_v2", f"{place}.h5", None, True
    yield "mobilenet_v2", f"{place}_no_top.h5", None, False


def keras_entries():
    for name, url, md5, has_classifier in keras_files():
        accuracy = KERAS_ACCURACIES[name] if has_classifier else (None, None)
        yield f"{name}-keras{'' if has_classifier else '-notop'}", {
            "architecture": name,
            "layout": "keras-legacy",
            "preprocessing": "tf" if name == "mobilenet_v2" else "caffe",
            "form": FORMS["keras"].get(name),
            **(CLASSES if has_classifier else {}),
            "image_size": 224,
            "top1": accuracy[0],
            "top5": accuracy[1],
            "url": url,
            "size": SIZES.get(url.rsplit("/", 1)[1]),
            "md5": md5,
            "licence": KERAS_LICENCES[name][0],
            "licence_source": KERAS_LICENCES[name][1],
        }


def text(name, entry):
    assert not set(entry) - set(KEYS), set(entry) - set(KEYS)
    lines = [f"  {key}: " + (f'"{entry[key]}"' if key in QUOTED else f"{entry[key]}") for key in KEYS if entry.get(key)]
    return f"\n{name}:\n" + "".join(line + "\n" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timm-results", required=True, help="results/results-imagenet.csv of timm's repository")
    parser.add_argument("--check", action="store_true", help="write nothing, fail where the file is another")
    options = parser.parse_args()
    for package, version in VERSIONS.items():
        if importlib.metadata.version(package) != version:
            sys.exit(f"{package} {version} is wanted, {importlib.metadata.version(package)} is installed")
    before = CATALOGUE.read_text()
    if MARK not in before:
        sys.exit(f"{CATALOGUE} lacks the line: {MARK}")
    entries = [*torchvision_entries(), *timm_entries(timm_accuracies(options.timm_results)), *keras_entries()]
    after = before[: before.index(MARK)] + MARK + "".join(text(name, entry) for name, entry in entries)
    if not options.check:
        CATALOGUE.write_text(after)
    elif after != before:
        sys.exit(f"{CATALOGUE} is not what this script writes")
    print(f"{len(entries)} entries")


if __name__ == "__main__":
    main()
