"""Weights and images from a formula, so that no weight file needs to be stored beside a golden result.

The same formula as `Tests/TestSupport/FormulaWeights.swift`, and the way from torchvision's and Keras' parameter names
and layouts to ours.
"""

import re
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

CHUNK = 1 << 22


def values(name, shape, low, high):
    """The float32 array called `name`, in row-major order of `shape`."""
    count = int(np.prod(shape))
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    result = np.empty(count, np.float32)
    for start in range(0, count, CHUNK):
        h = np.arange(start, min(start + CHUNK, count), dtype=np.uint32)
        h = (h * np.uint32(0x9E3779B1)) ^ np.uint32(seed)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
        result[start : start + CHUNK] = low + (high - low) * ((h >> np.uint32(8)) * 2.0**-24)
    return result.reshape(shape)


def images(count, side):
    """Preprocessed images N×H×W×C: the array `input`, uniform within ±2."""
    return values("input", (count, side, side, 3), -2, 2)


def value_range(name, shape, closes_residual_branch):
    """The bounds of a parameter in our naming and layout."""
    role = name.rsplit(".", 1)[1]
    if role == "weight":
        limit = float(np.sqrt(6 / np.prod(shape[1:])))
        return -limit, limit
    if role == "scale" and closes_residual_branch:
        return 0.1, 0.3
    if name.endswith(".project.norm.scale"):
        return 0.3, 0.5
    return {"bias": (-0.1, 0.1), "scale": (0.7, 1.2), "shift": (-0.2, 0.2), "mean": (-0.2, 0.2), "variance": (0.5, 1.5)}[
        role
    ]


def closes_residual_branch(name, names):
    """Whether a scale belongs to `norm2` of a block without `norm3`, or to `norm3`."""
    if ".block" not in name:
        return False
    if name.endswith(".norm3.scale"):
        return True
    return name.endswith(".norm2.scale") and name.replace("norm2", "norm3") not in names


@dataclass
class Parameter:
    """One parameter of a PyTorch or Keras model under our name.

    `shape` is ours; `to_ours` and `to_theirs` convert arrays between the layouts.
    """

    name: str
    key: str
    shape: tuple
    to_ours: object
    to_theirs: object

    def formula(self, names):
        """The formula's array in the model's own layout."""
        low, high = value_range(self.name, self.shape, closes_residual_branch(self.name, names))
        return self.to_theirs(values(self.name, self.shape, low, high))


def same(a):
    return a


# PyTorch: torchvision's ResNets and VGGs, and akamaster's CIFAR ResNets

TORCH_ROLES = {
    nn.BatchNorm2d: {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"},
    nn.Conv2d: {"weight": "weight", "bias": "bias"},
    nn.Linear: {"weight": "weight", "bias": "bias"},
}


def torch_module_names(model):
    """Our name of each convolution, batch norm and linear layer, by the model's name of it."""
    if hasattr(model, "our_names"):
        return model.our_names
    names = {}
    block, conv = 1, 0
    for path, module in model.named_modules():
        if path.startswith("features."):
            if isinstance(module, nn.Conv2d):
                conv += 1
                names[path] = f"block{block}.conv{conv}"
            elif isinstance(module, nn.BatchNorm2d):
                names[path] = f"block{block}.norm{conv}"
            elif isinstance(module, nn.MaxPool2d):
                block, conv = block + 1, 0
        elif type(module) in TORCH_ROLES:
            names[path] = torch_module_name(path)
    return names


def torch_module_name(path):
    fixed = {
        "conv1": "stem.conv",
        "bn1": "stem.norm",
        "fc": "head.linear",
        "linear": "head.linear",
        "classifier.0": "fc.linear1",
        "classifier.3": "fc.linear2",
        "classifier.6": "head.linear",
    }
    if path in fixed:
        return fixed[path]
    layer, index, rest = re.fullmatch(r"(layer\d)\.(\d+)\.(.+)", path).groups()
    rest = {"downsample.0": "shortcut.conv", "downsample.1": "shortcut.norm"}.get(rest, rest.replace("bn", "norm"))
    return f"{layer}.block{int(index) + 1}.{rest}"


def torch_parameters(model):
    """Every parameter and running statistic of a model."""
    result = []
    for path, ours in torch_module_names(model).items():
        module = model.get_submodule(path)
        for key, role in TORCH_ROLES[type(module)].items():
            tensor = getattr(module, key)
            if tensor is None:
                continue
            shape, to_ours, to_theirs = tuple(tensor.shape), same, same
            if tensor.ndim == 4:
                shape = tuple(shape[i] for i in (0, 2, 3, 1))
                to_ours = lambda a: a.transpose(0, 2, 3, 1)
                to_theirs = lambda a: a.transpose(0, 3, 1, 2)
            elif ours == "fc.linear1" and role == "weight":
                # The columns are a square grid: theirs channels first, ours channels last.
                g = model.avgpool.output_size[0]
                c = shape[1] // (g * g)
                to_ours = lambda a, s=shape, c=c, g=g: a.reshape(-1, c, g, g).transpose(0, 2, 3, 1).reshape(s)
                to_theirs = lambda a, s=shape, c=c, g=g: a.reshape(-1, g, g, c).transpose(0, 3, 1, 2).reshape(s)
            result.append(Parameter(f"{ours}.{role}", f"{path}.{key}", shape, to_ours, to_theirs))
    return result


def fill_torch(model):
    """Gives every parameter and running statistic of a model its value from the formula."""
    parameters = torch_parameters(model)
    names = {p.name for p in parameters}
    state = model.state_dict()
    for p in parameters:
        state[p.key].copy_(torch.from_numpy(np.ascontiguousarray(p.formula(names))))
    return model


# Keras: keras.applications' ResNets, VGGs and MobileNetV2


def keras_layer_name(layer):
    """Our name of a Keras layer, or None where it has no weights."""
    fixed = {"conv1_conv": "stem.conv", "conv1_bn": "stem.norm", "fc1": "fc.linear1", "fc2": "fc.linear2"}
    fixed["predictions"] = "head.linear"
    if layer in fixed:
        return fixed[layer]
    if m := re.fullmatch(r"conv(\d)_block(\d+)_(\d)_(conv|bn)", layer):
        stage, block, index, kind = int(m[1]) - 1, m[2], m[3], {"conv": "conv", "bn": "norm"}[m[4]]
        return f"layer{stage}.block{block}." + (f"shortcut.{kind}" if index == "0" else f"{kind}{index}")
    if m := re.fullmatch(r"(block\d)_(conv\d)", layer):
        return f"{m[1]}.{m[2]}"
    return mobilenet_layer_name(layer)


def mobilenet_layer_name(layer):
    """Our name of a layer of Keras' MobileNetV2, or None."""
    fixed = {"Conv1": "stem.conv", "bn_Conv1": "stem.norm", "Conv_1": "top.conv", "Conv_1_bn": "top.norm"}
    if layer in fixed:
        return fixed[layer]
    m = re.fullmatch(r"(?:expanded_conv|block_(\d+))_(expand|depthwise|project)(_BN)?", layer)
    if not m:
        return None
    number, row = int(m[1] or 0), 0
    for row, count in enumerate((1, 2, 3, 4, 3, 3, 1)):
        if number < count:
            break
        number -= count
    return f"layer{row + 1}.block{number + 1}.{m[2]}.{'norm' if m[3] else 'conv'}"


KERAS_ROLES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "scale",
    "beta": "shift",
    "moving_mean": "mean",
    "moving_variance": "variance",
}


def fill_keras(model):
    """Gives every weight of a Keras model its value from the formula."""
    found = []
    for layer in model.layers:
        for variable in layer.weights:
            shape, to_theirs = tuple(variable.shape), same
            if type(layer).__name__ == "DepthwiseConv2D":
                shape = tuple(shape[i] for i in (2, 0, 1, 3))
                to_theirs = lambda a: a.transpose(1, 2, 0, 3)
            elif len(shape) == 4:
                shape = tuple(shape[i] for i in (3, 0, 1, 2))
                to_theirs = lambda a: a.transpose(1, 2, 3, 0)
            elif len(shape) == 2:
                shape = shape[::-1]
                to_theirs = lambda a: a.T
            role = KERAS_ROLES[variable.path.split("/")[-1]]
            name = f"{keras_layer_name(layer.name)}.{role}"
            found.append((variable, Parameter(name, variable.path, shape, None, to_theirs)))
    names = {p.name for _, p in found}
    for variable, p in found:
        variable.assign(np.ascontiguousarray(p.formula(names)))
    return model
