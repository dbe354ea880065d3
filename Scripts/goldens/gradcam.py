"""Grad-CAM goldens: class activation maps of Selvaraju et al. 2017, computed by PyTorch in float64.

    python gradcam.py        writes Tests/Goldens/networks/gradcam

README.md describes the files.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import formula
import reference_models as reference

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/Goldens/networks/gradcam"
IMAGES = 3
SHOWN = 50


def output(module):
    return lambda capture: module.register_forward_hook(lambda m, a, y: capture(y))


def input_of(module):
    return lambda capture: module.register_forward_pre_hook(lambda m, a: capture(a[0]))


def before_pool(model, block):
    """The output of the ReLU before a VGG block's max pool."""
    pools = [i for i, m in enumerate(model.features) if isinstance(m, torch.nn.MaxPool2d)]
    return output(model.features[pools[block - 1] - 1])


# Architecture, side, builder, and by our name of the feature map where PyTorch has it.
NETWORKS = [
    (
        "resnet18",
        96,
        lambda: reference.resnet("resnet18"),
        {"layer4": lambda m: output(m.layer4), "layer3": lambda m: output(m.layer3), "stem": lambda m: input_of(m.maxpool)},
    ),
    (
        "resnet50",
        96,
        lambda: reference.resnet("resnet50"),
        {"layer4": lambda m: output(m.layer4), "layer4.block2.conv2": lambda m: input_of(m.layer4[1].conv3)},
    ),
    (
        "resnet20",
        32,
        lambda: reference.CIFARResNet(3),
        {"layer3": lambda m: output(m.layer3), "layer2.block1": lambda m: output(m.layer2[0])},
    ),
    ("vgg11_bn", 96, lambda: reference.vgg("vgg11_bn", False), {"block5": lambda m: before_pool(m, 5)}),
    (
        "vgg11-fc",
        96,
        lambda: reference.vgg("vgg11", True),
        {"block5": lambda m: before_pool(m, 5), "block4": lambda m: before_pool(m, 4)},
    ),
]


def classes(image, logits):
    return [image, image + 5]


# A model that names any number of classes: a class where the sigmoid of its logit / temperature reaches its threshold.
TEMPERATURE = 1.5
THRESHOLDS = [0.25, 0.7, 0.55, 0.65, 0.6, 0.4, 0.35, 0.35, 0.66, 0.445]


def probabilities(logits):
    return torch.sigmoid(logits / TEMPERATURE)


def named(logits):
    return [c for c, p in enumerate(probabilities(logits).tolist()) if p >= THRESHOLDS[c]]


def several_labels():
    """Maps of all classes that each of three pictures is named, of a ResNet-20 behind torchvision's preprocessing."""
    model = formula.fill_torch(reference.CIFARResNet(3)).eval().double()
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64) * 255
    deviation = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64) * 255
    ranges = [(0, 256), (0, 64), (160, 256)]
    pixels = np.stack([np.floor(formula.values(f"pixels{i}", (32, 32, 3), *r)) for i, r in enumerate(ranges)])
    x = ((torch.from_numpy(pixels).double() - mean) / deviation).permute(0, 3, 1, 2)
    maps, logits = grad_cam(model, lambda m: output(m.layer2), x, lambda _, logits: named(logits))
    np.save(OUTPUT / "several-labels.npy", maps.numpy().astype(np.float32))
    content = {
        "temperature": TEMPERATURE,
        "thresholds": THRESHOLDS,
        "ranges": ranges,
        "classes": [named(row) for row in logits],
        "probabilities": probabilities(logits).tolist(),
    }
    (OUTPUT / "several-labels.json").write_text(json.dumps(content, indent=1) + "\n")
    print("several labels", content["classes"], "positive", [round((m > 0).double().mean().item(), 2) for m in maps])


def grad_cam(model, place, x, classes):
    """Σₖ αₖ·Aᵏ before its ReLU, for each image and each of the classes of its logits; and the logits."""
    captured = []
    hook = place(model)(captured.append)
    logits = model(x)
    hook.remove()
    (activation,) = captured
    maps = []
    for image in range(IMAGES):
        for label in classes(image, logits[image].detach()):
            (gradient,) = torch.autograd.grad(logits[image, label], activation, retain_graph=True)
            alpha = gradient[image].mean(dim=(1, 2), keepdim=True)
            maps.append((alpha * activation[image]).sum(dim=0))
    return torch.stack(maps).detach(), logits.detach()


def shown(maps):
    """Rectified, divided by the maximum, and enlarged."""
    maps = F.relu(maps)
    maps = maps / maps.amax(dim=(1, 2), keepdim=True).clamp(min=1e-30)
    return F.interpolate(maps[:, None], size=(SHOWN, SHOWN), mode="bilinear", align_corners=False)[:, 0]


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    several_labels()
    for name, side, build, places in NETWORKS:
        model = formula.fill_torch(build()).eval().double()
        x = torch.from_numpy(formula.images(IMAGES, side)).permute(0, 3, 1, 2).double()
        for layer, place in places.items():
            maps, _ = grad_cam(model, place, x, classes)
            by_image = maps.unflatten(0, (IMAGES, -1))
            np.save(OUTPUT / f"{name}.{layer}.npy", by_image.numpy().astype(np.float32))
            positive = (maps > 0).double().mean(dim=(1, 2)).tolist()
            print(name, layer, tuple(by_image.shape), "positive", [round(p, 2) for p in positive], flush=True)
            if (name, layer) == ("resnet18", "layer3"):
                np.save(OUTPUT / f"{name}.{layer}.shown.npy", shown(maps).numpy().astype(np.float32))


if __name__ == "__main__":
    main()
