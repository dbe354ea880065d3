"""The networks of this package in PyTorch: torchvision's, their original form, and the CIFAR ResNets."""

import torch
import torch.nn.functional as F
import torchvision
from torch import nn

CLASSES = 10

IMAGENET_RESNETS = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
CIFAR_RESNETS = {"resnet20": 3, "resnet32": 5, "resnet44": 7, "resnet56": 9, "resnet110": 18}
VGGS = [f"vgg{depth}{suffix}" for depth in (11, 13, 16, 19) for suffix in ("", "_bn")]


def resnet(name, form="v1.5", classes=CLASSES):
    """torchvision's ResNet (`v1.5`); with the stride on the first 1×1 (`caffe`); with biases and Keras' epsilon too
    (`original`)."""
    model = getattr(torchvision.models, name)(num_classes=classes)
    if form == "v1.5":
        return model
    for module in list(model.modules()):
        if isinstance(module, torchvision.models.resnet.Bottleneck):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, module.conv1.stride
        elif form == "caffe":
            continue
        elif isinstance(module, nn.Conv2d):
            module.bias = nn.Parameter(torch.zeros(module.out_channels))
        elif isinstance(module, nn.BatchNorm2d):
            module.eps = 1.001e-5
    return model


def vgg(name, fully_connected, classes=CLASSES):
    """torchvision's VGG; without the fully connected layers a linear layer follows a global average pool."""
    model = getattr(torchvision.models, name)(num_classes=classes if fully_connected else 1, init_weights=False)
    return model if fully_connected else PooledFeatures(model.features, 512, classes)


class PooledFeatures(nn.Module):
    """A trunk with a linear layer behind a global average pool."""

    def __init__(self, features, width, classes):
        super().__init__()
        self.features = features
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(self.features(x).mean(dim=(2, 3)))


class CIFARBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.padding = (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        # Option A: every second position, zeros for the new channels, half of them before and half after.
        shortcut = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding)) if self.padding else x
        return F.relu(y + shortcut)


class CIFARResNet(nn.Module):
    """Section 4.2 of He et al. 2015, with the names of github.com/akamaster/pytorch_resnet_cifar10."""

    def __init__(self, blocks, classes=CLASSES):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self.stage(16, 16, blocks, 1)
        self.layer2 = self.stage(16, 32, blocks, 2)
        self.layer3 = self.stage(32, 64, blocks, 2)
        self.linear = nn.Linear(64, classes)

    @staticmethod
    def stage(inputs, outputs, blocks, stride):
        first = CIFARBlock(inputs, outputs, stride)
        return nn.Sequential(first, *(CIFARBlock(outputs, outputs, 1) for _ in range(blocks - 1)))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean(dim=(2, 3)))


def named(model, names):
    """Gives a model our names of its layers: `names` maps its own, or nothing where they are not wanted."""
    paths = (path for path, module in model.named_modules() if isinstance(module, (nn.Conv2d, nn.BatchNorm2d, nn.Linear)))
    model.our_names = {path: names(path) for path in paths}
    return model


def alexnet(fully_connected, classes=CLASSES):
    """torchvision's AlexNet, or its trunk with a linear layer behind a global average pool."""
    model = torchvision.models.alexnet(num_classes=classes)
    names = {f"features.{i}": f"block{n + 1}.conv" for n, i in enumerate((0, 3, 6, 8, 10))}
    names |= {"classifier.1": "fc.linear1", "classifier.4": "fc.linear2", "classifier.6": "head.linear"}
    names |= {"fc": "head.linear"}
    return named(model if fully_connected else PooledFeatures(model.features, 256, classes), names.get)


def squeezenet(form, published, classes=CLASSES):
    """torchvision's SqueezeNet 1.1 with its own head, or its trunk with a linear layer behind a global average pool.

    In the form `keras` no pool reaches beyond its input.
    """
    model = torchvision.models.squeezenet1_1(num_classes=classes)
    for module in model.modules():
        if isinstance(module, nn.MaxPool2d):
            module.ceil_mode = form == "torch"

    def name(path):
        fixed = {"features.0": "stem.conv", "classifier.1": "head.conv", "fc": "head.linear"}
        if path in fixed:
            return fixed[path]
        _, index, layer = path.split(".")
        fire = 2 + (3, 4, 6, 7, 9, 10, 11, 12).index(int(index))
        return f"fire{fire}." + {"squeeze": "squeeze", "expand1x1": "expand1", "expand3x3": "expand3"}[layer]

    return named(model if published else PooledFeatures(model.features, 512, classes), name)


class SamePadding(nn.Module):
    """TensorFlow's `same` before a convolution of 3×3 with stride 2."""

    def forward(self, x):
        rows, columns = (1 if size % 2 else 0 for size in x.shape[2:])
        return F.pad(x, (columns, 1, rows, 1))


MOBILENET_ROWS = (1, 2, 3, 4, 3, 3, 1)


def mobilenet_v2(form, classes=CLASSES):
    """torchvision's MobileNetV2; in the form `keras` with TensorFlow's padding and Keras' epsilon."""
    model = torchvision.models.mobilenet_v2(num_classes=classes)
    if form == "keras":
        for module in list(model.modules()):
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 1e-3
            if isinstance(module, nn.Conv2d) and module.stride == (2, 2):
                module.padding = (0, 0)
                module.register_forward_pre_hook(lambda m, inputs: SamePadding()(inputs[0]))

    def name(path):
        if path == "classifier.1":
            return "head.linear"
        kind = {True: "conv", False: "norm"}[isinstance(model.get_submodule(path), nn.Conv2d)]
        number = int(path.split(".")[1])
        if number in (0, 18):
            return f"{'top' if number else 'stem'}.{kind}"
        row = next(r for r in range(7) if number <= sum(MOBILENET_ROWS[: r + 1]))
        block = number - sum(MOBILENET_ROWS[:row])
        weights = model.get_submodule(path)
        convolutions = [m for m in model.features[number].modules() if isinstance(m, nn.Conv2d)]
        norms = [m for m in model.features[number].modules() if isinstance(m, nn.BatchNorm2d)]
        place = (convolutions if kind == "conv" else norms).index(weights)
        parts = ("expand", "depthwise", "project")[-len(convolutions) :]
        return f"layer{row + 1}.block{block}.{parts[place]}.{kind}"

    return named(model, name)


def head(model):
    """The last layer: linear, or SqueezeNet's convolution."""
    if isinstance(model, torchvision.models.SqueezeNet):
        return model.classifier[1]
    return [m for m in model.modules() if isinstance(m, nn.Linear)][-1]


def stage_modules(model):
    """Our stage names with the modules whose output is the stage's feature map, input side first."""
    if hasattr(model, "our_names"):
        return {}
    if hasattr(model, "features"):
        pools = [m for m in model.features if isinstance(m, nn.MaxPool2d)]
        return {f"block{i + 1}": m for i, m in enumerate(pools)}
    stem = {"stem": model.maxpool} if hasattr(model, "maxpool") else {}
    return stem | {name: m for name, m in model.named_children() if name.startswith("layer")}
