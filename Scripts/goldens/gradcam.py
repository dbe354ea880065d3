"""Grad-CAM goldens: class activation maps of Selvaraju et al. 2017, computed by PyTorch in float64.

    python gradcam.py        writes Tests/Goldens/networks/gradcam

README.md describes the files.
"""

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


def classes(image):
    return [image, image + 5]


def grad_cam(model, place, x):
    """Σₖ αₖ·Aᵏ before its ReLU, for each image and class: images × classes × height × width."""
    captured = []
    hook = place(model)(captured.append)
    logits = model(x)
    hook.remove()
    (activation,) = captured
    maps = []
    for image in range(IMAGES):
        for label in classes(image):
            (gradient,) = torch.autograd.grad(logits[image, label], activation, retain_graph=True)
            alpha = gradient[image].mean(dim=(1, 2), keepdim=True)
            maps.append((alpha * activation[image]).sum(dim=0))
    return torch.stack(maps).detach().unflatten(0, (IMAGES, -1))


def shown(maps):
    """Rectified, divided by the maximum, and enlarged."""
    maps = F.relu(maps).flatten(0, 1)
    maps = maps / maps.amax(dim=(1, 2), keepdim=True).clamp(min=1e-30)
    return F.interpolate(maps[:, None], size=(SHOWN, SHOWN), mode="bilinear", align_corners=False)[:, 0]


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name, side, build, places in NETWORKS:
        model = formula.fill_torch(build()).eval().double()
        x = torch.from_numpy(formula.images(IMAGES, side)).permute(0, 3, 1, 2).double()
        for layer, place in places.items():
            maps = grad_cam(model, place, x)
            np.save(OUTPUT / f"{name}.{layer}.npy", maps.numpy().astype(np.float32))
            positive = (maps > 0).double().mean(dim=(2, 3)).flatten().tolist()
            print(name, layer, tuple(maps.shape), "positive", [round(p, 2) for p in positive], flush=True)
            if (name, layer) == ("resnet18", "layer3"):
                np.save(OUTPUT / f"{name}.{layer}.shown.npy", shown(maps).numpy().astype(np.float32))


if __name__ == "__main__":
    main()
