"""Goldens of single operations: small networks around one or a few of them, in PyTorch in float64.

    python operations.py        writes Tests/Goldens/networks/operations.npy and .json, five seconds

README.md describes the files. `Net` has the methods of `NetworkBuilder`, and each case reads as in
`Tests/EngineTests/OperationCases.swift`.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import formula

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/Goldens/networks"
BATCH, HEIGHT, WIDTH, CHANNELS, CLASSES = 2, 7, 6, 6, 3


def pair(size):
    return (size, size) if isinstance(size, int) else size


class Net:
    """Computes while it is described. Maps are N×C×H×W; parameters have our names and layouts."""

    def __init__(self, adapts=False):
        self.adapts = adapts
        self.parameters = {}
        self.statistics = {}
        self.stage = ""

    def parameter(self, name, role, shape):
        name = f"{self.stage}.{name}.{role}"
        array = formula.values(name, shape, *formula.value_range(name, shape, False))
        tensor = torch.from_numpy(array).double()
        if role in ("mean", "variance"):
            self.statistics[name] = tensor
        else:
            self.parameters[name] = tensor.requires_grad_()
        return tensor

    def padded(self, x, kernel, stride, dilation, padding, value=0.0):
        """`padding` is a number, (top, left, bottom, right), or "same" as in TensorFlow."""
        if padding == "same":
            sides = []
            for size, k, s, d in zip(x.shape[2:], kernel, stride, dilation):
                missing = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
                sides.append((missing // 2, missing - missing // 2))
            (top, bottom), (left, right) = sides
        else:
            top, left, bottom, right = (padding,) * 4 if isinstance(padding, int) else padding
        return F.pad(x, (left, right, top, bottom), value=value)

    def convolution(self, name, x, channels, kernel, stride=1, dilation=1, padding=0, groups=1, bias=True):
        kernel, stride, dilation = pair(kernel), pair(stride), pair(dilation)
        weight = self.parameter(name, "weight", (channels, *kernel, x.shape[1] // groups)).permute(0, 3, 1, 2)
        bias = self.parameter(name, "bias", (channels,)) if bias else None
        x = self.padded(x, kernel, stride, dilation, padding)
        return F.conv2d(x, weight, bias, stride, 0, dilation, groups)

    def transposed_convolution(self, name, x, channels, kernel, stride, padding=(0, 0, 0, 0), bias=True):
        weight = self.parameter(name, "weight", (x.shape[1], *pair(kernel), channels)).permute(0, 3, 1, 2)
        bias = self.parameter(name, "bias", (channels,)) if bias else None
        y = F.conv_transpose2d(x, weight, bias, pair(stride))
        top, left, bottom, right = padding
        return y[:, :, top : y.shape[2] - bottom, left : y.shape[3] - right]

    def batch_norm(self, name, x, epsilon=1e-5):
        scale, shift, mean, variance = (
            self.parameter(name, role, (x.shape[1],)) for role in ("scale", "shift", "mean", "variance"))
        return F.batch_norm(x, mean, variance, scale, shift, self.adapts, 0.1, epsilon)

    def layer_norm(self, name, x, epsilon=1e-6):
        scale, shift = (self.parameter(name, role, (x.shape[1],)) for role in ("scale", "shift"))
        return F.layer_norm(x.permute(0, 2, 3, 1), (x.shape[1],), scale, shift, epsilon).permute(0, 3, 1, 2)

    def scale(self, name, x):
        return x * self.parameter(name, "scale", (x.shape[1],))[:, None, None]

    def linear(self, name, x, outputs):
        inputs = x[0].numel()
        weight, bias = self.parameter(name, "weight", (outputs, inputs)), self.parameter(name, "bias", (outputs,))
        return F.linear(x.permute(0, 2, 3, 1).flatten(1), weight, bias)[:, :, None, None]

    def max_pool(self, x, kernel, stride, padding=0, rounds_up=False):
        kernel, stride = pair(kernel), pair(stride)
        x = self.padded(x, kernel, stride, (1, 1), padding, -torch.inf)
        return F.max_pool2d(x, kernel, stride, ceil_mode=rounds_up)

    def average_pool(self, x, kernel, stride, padding=0, rounds_up=False, counts_padding=True):
        kernel, stride = pair(kernel), pair(stride)
        if isinstance(padding, int):
            return F.avg_pool2d(x, kernel, stride, padding, rounds_up, counts_padding)
        ones = self.padded(torch.ones_like(x), kernel, stride, (1, 1), padding, float(counts_padding))
        x = self.padded(x, kernel, stride, (1, 1), padding)
        return F.avg_pool2d(x, kernel, stride) / F.avg_pool2d(ones, kernel, stride)


ACTIVATIONS = {
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky-relu": lambda x: F.leaky_relu(x, 0.2),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "silu": F.silu,
    "hard-sigmoid": F.hardsigmoid,
    "hard-swish": F.hardswish,
    "gelu": F.gelu,
}


def resized(x, size, **how):
    return F.interpolate(x, size=size, **how)


def mean(x):
    return x.mean((2, 3), keepdim=True)


def squeeze(net, x):
    s = F.relu(net.convolution("squeeze", mean(x), 4, 1))
    s = F.hardsigmoid(net.convolution("excite", s, 6, 1))
    return x * s


def squeeze_linear(net, x):
    return x * torch.sigmoid(net.linear("excite", mean(x), 6))


def inverted_residual(net, x):
    """MobileNetV2's block."""
    y = F.relu6(net.batch_norm("norm1", net.convolution("expand", x, 12, 1, bias=False)))
    y = F.relu6(net.batch_norm("norm2", net.convolution("depthwise", y, 12, 3, padding=1, groups=12, bias=False)))
    return x + net.batch_norm("norm3", net.convolution("project", y, 6, 1, bias=False))


def dense(net, x):
    """Two layers of DenseNet."""
    y = net.convolution("conv1", F.relu(net.batch_norm("norm1", x)), 4, 3, padding=1, bias=False)
    x = torch.cat([x, y], 1)
    y = net.convolution("conv2", F.relu(net.batch_norm("norm2", x)), 4, 3, padding=1, bias=False)
    return torch.cat([x, y], 1)


def sums(net, x):
    y = net.convolution("conv", x, 6, 3, padding=1)
    return F.relu(y + x + mean(x))


CASES = {
    "rectangular": lambda net, x: net.convolution("conv", x, 8, (3, 1), stride=(2, 1), padding=(1, 0, 1, 0)),
    "rectangular-wide": lambda net, x: net.convolution("conv", x, 8, (1, 5), padding=(0, 2, 0, 2)),
    "dilated": lambda net, x: net.convolution("conv", x, 8, 3, dilation=2, padding=2),
    "dilated-uneven": lambda net, x: net.convolution("conv", x, 5, (2, 3), dilation=(3, 1), padding=(2, 1, 1, 1)),
    "groups": lambda net, x: net.convolution("conv", x, 8, 3, padding=1, groups=2),
    "groups-strided": lambda net, x: net.convolution("conv", x, 9, 3, stride=2, padding=1, groups=3, bias=False),
    "depthwise": lambda net, x: net.convolution("conv", x, 6, 3, padding=1, groups=6),
    "depthwise-strided": lambda net, x: net.convolution("conv", x, 6, 5, stride=2, padding=2, groups=6, bias=False),
    "depthwise-multiplied": lambda net, x: net.convolution("conv", x, 12, 3, padding=1, groups=6),
    "asymmetric": lambda net, x: net.convolution("conv", x, 8, 3, padding=(0, 1, 2, 1)),
    "same": lambda net, x: net.convolution("conv", x, 8, 3, stride=2, padding="same"),
    "same-depthwise": lambda net, x: net.convolution("conv", x, 6, 4, stride=2, padding="same", groups=6),
    "transposed": lambda net, x: net.transposed_convolution("conv", x, 5, 3, 2, (1, 1, 1, 1)),
    "transposed-uneven": lambda net, x: net.transposed_convolution("conv", x, 8, (2, 3), (2, 1), (0, 1, 1, 0), False),
    "convolution-relu6": lambda net, x: F.relu6(net.convolution("conv", 3 * net.scale("scale", x), 8, 3, padding=1)),
    "residual-relu6": lambda net, x: F.relu6(net.convolution("conv", 3 * x, 6, 3, padding=1) + 3 * x),
    **{name: lambda net, x, f=function: f(2 * x) for name, function in ACTIVATIONS.items()},
    "convolution-silu": lambda net, x: F.silu(net.batch_norm("norm", net.convolution("conv", x, 8, 3, padding=1))),
    "norm": lambda net, x: x * net.batch_norm("norm", torch.tanh(x)),
    "norm-relu6": lambda net, x: x * F.relu6(net.batch_norm("norm", torch.tanh(x))),
    "sum": sums,
    "sum-relu6": lambda net, x: F.relu6(x + net.scale("scale", x)),
    "product": lambda net, x: x * net.scale("scale", x) * mean(x),
    "squeeze": squeeze,
    "squeeze-linear": squeeze_linear,
    "concatenation": lambda net, x: torch.cat([mean(x).expand_as(x) + x, net.max_pool(x, 3, 1, 1), x], 1),
    "dense": dense,
    "inverted-residual": inverted_residual,
    "max-pool": lambda net, x: net.max_pool(x, (3, 2), (2, 1), (1, 0, 1, 0)),
    "max-pool-up": lambda net, x: net.max_pool(x, 3, 2, rounds_up=True),
    "max-pool-same": lambda net, x: net.max_pool(x, 3, 2, "same"),
    "average-pool": lambda net, x: net.average_pool(x, 3, 2, 1),
    "average-pool-inside": lambda net, x: net.average_pool(x, 3, 1, 1, counts_padding=False),
    "average-pool-up": lambda net, x: net.average_pool(x, (2, 3), (3, 2), 1, rounds_up=True),
    "average-pool-up-inside": lambda net, x: net.average_pool(x, (2, 3), (3, 2), 1, True, False),
    "average-pool-same": lambda net, x: net.average_pool(x, 3, 2, "same", counts_padding=False),
    "nearest-twice": lambda net, x: resized(x, (14, 12), mode="nearest"),
    "nearest-uneven": lambda net, x: resized(x, (5, 11), mode="nearest"),
    "bilinear": lambda net, x: resized(x, (13, 4), mode="bilinear", align_corners=False),
    "bilinear-aligned": lambda net, x: resized(x, (4, 13), mode="bilinear", align_corners=True),
    "local-response": lambda net, x: F.local_response_norm(x, 5, 0.3, 0.75, 2.0),
    "local-response-even": lambda net, x: F.local_response_norm(x, 4, 0.5, 0.6, 1.0),
    "layer-norm": lambda net, x: net.layer_norm("norm", x),
    "scale": lambda net, x: net.scale("scale", 0.5 * x),
}
# More channels than loops take at a time.
WIDE = ["local-response", "layer-norm", "product", "average-pool", "max-pool", "bilinear", "norm", "sum-relu6"]
CASES |= {f"wide-{name}": lambda net, x, f=CASES[name]: f(net, torch.cat([x] * 12, 1)) for name in WIDE}
# Not the inverted residual: its second norm undoes the scale of the first, whose gradient is little but rounding.
ADAPTING = ["norm", "norm-relu6", "dense", "convolution-silu", "wide-norm"]


def run(case, adapts):
    net = Net(adapts)
    x = torch.from_numpy(formula.values("input", (BATCH, HEIGHT, WIDTH, CHANNELS), -2, 2)).double()
    net.stage = "stem"
    stem = net.scale("scale", x.permute(0, 3, 1, 2))
    stem.retain_grad()
    net.stage = "body"
    body = CASES[case](net, stem)
    net.stage = "head"
    logits = net.linear("linear", mean(body * body), CLASSES)[:, :, 0, 0]
    upstream = torch.from_numpy(formula.values("upstream", (BATCH, CLASSES), -1, 1)).double()
    (logits * upstream).sum().backward()
    arrays = {"body": body.permute(0, 2, 3, 1), "logits": logits, "stem gradient": stem.grad.permute(0, 2, 3, 1)}
    arrays |= {name: parameter.grad for name, parameter in net.parameters.items()}
    if adapts:
        arrays |= net.statistics
    return {name: array.detach().numpy().astype(np.float32) for name, array in arrays.items()}


def main():
    counts, numbers = {}, []
    for case in CASES:
        for adapts in (False, True) if case in ADAPTING else (False,):
            arrays = run(case, adapts)
            numbers += [array.reshape(-1) for array in arrays.values()]
            counts[case + ("-adapt" if adapts else "")] = [[name, array.size] for name, array in arrays.items()]
    np.save(OUTPUT / "operations.npy", np.concatenate(numbers))
    lines = (f"{json.dumps(name)}: {json.dumps(arrays)}" for name, arrays in counts.items())
    (OUTPUT / "operations.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
