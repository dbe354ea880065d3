"""Gradient goldens: what one training step computes in PyTorch in float64, and the losses of ten steps.

    python gradients.py [RUN…]        writes Tests/Goldens/networks/gradients; all runs, or those whose name starts so

README.md describes the files.
"""

import contextlib
import copy
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

import formula
import reference_models as reference

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/Goldens/networks/gradients"
BATCH = 4
SAMPLES = 256
PROBES = 8
CANDIDATES = 20
ENOUGH_MARGIN = 30

NETWORKS = {
    "resnet18": (lambda: reference.resnet("resnet18"), 64, ["layer2", "layer4", "head"]),
    "resnet50": (lambda: reference.resnet("resnet50"), 64, ["layer2", "layer4", "head"]),
    "vgg11_bn": (lambda: reference.vgg("vgg11_bn", False), 64, ["block3", "block5", "head"]),
    "resnet20": (lambda: reference.CIFARResNet(3), 32, ["stem", "layer3", "head"]),
    # Sides that neither strides nor pooling windows divide.
    "resnet18-odd": (lambda: reference.resnet("resnet18"), 75, ["layer2", "layer4", "head"]),
    "vgg11_bn-odd": (lambda: reference.vgg("vgg11_bn", False), 75, ["block3", "block5", "head"]),
    "alexnet": (lambda: reference.alexnet(False), 95, ["block2", "block5", "head"]),
    "squeezenet1_1": (lambda: reference.squeezenet("torch", False), 68, ["fire3", "fire8", "head"]),
    "squeezenet1_1-published": (lambda: reference.squeezenet("torch", True), 68, ["fire3", "fire8", "head"]),
    "mobilenet_v2": (lambda: reference.mobilenet_v2("torch"), 64, ["layer2", "layer6", "top", "head"]),
}


def images(name, side):
    x = formula.values(name, (BATCH, side, side, 3), -2, 2)
    return torch.from_numpy(x).permute(0, 3, 1, 2)


def labels():
    return torch.arange(BATCH) % 10


def prepare(model, stages, batch_norm):
    """Trains the named stages only; their batch norm uses batch statistics in `adapt`, stored ones in `frozen`.

    Returns the trained tensors by our name.
    """
    model.eval()
    trained = {}
    names = formula.torch_module_names(model)
    for path, ours in names.items():
        module = model.get_submodule(path)
        trains = ours.split(".")[0] in stages
        module.requires_grad_(trains)
        if trains and batch_norm == "adapt":
            module.train()
    for p in formula.torch_parameters(model):
        if p.name.split(".")[0] in stages and not p.name.endswith((".mean", ".variance")):
            trained[p.name] = (model.get_parameter(p.key), p)
    return trained


def stage_names(model):
    return sorted({name.split(".")[0] for name in formula.torch_module_names(model).values()})


# A compact form of an array, from which the distance of another can be estimated


def sample_indices(count):
    """All indices of a small array; of a large one `SAMPLES`, spread evenly by the golden ratio."""
    if count <= SAMPLES:
        return np.arange(count)
    j = np.arange(SAMPLES, dtype=np.uint64)
    return ((j * 0x9E3779B1 % 2**32) * np.uint64(count)) >> np.uint64(32)


def digest(name, array):
    """Norm, eight probes, samples: see README.md."""
    flat = array.reshape(-1)
    bits = formula.values(f"probe.{name}", (flat.size,), 0, 2**24).astype(np.uint32)
    probes = [np.where(bits >> k & 1, flat, -flat).sum() for k in range(PROBES)]
    return np.concatenate([[np.linalg.norm(flat)], probes, flat[sample_indices(flat.size).astype(np.int64)]])


# Runs whose gradient is well defined in float32
#
# A rounding error that carries one activation across a ReLU's zero, or lets another position win a max pool, changes
# gradients by far more than rounding does. So each run moves the shift before every ReLU a little, channel by channel,
# until zero lies in a gap between the activations, and takes an input whose max pools have clear winners.


class Decisions:
    """Sees every ReLU's and max pool's input during a forward pass; while `settling`, moves the shifts before ReLUs."""

    def __init__(self, model, settling=False):
        self.model = model
        self.settling = settling
        self.inputs = []
        self.last_norm = None

    @contextlib.contextmanager
    def watching(self):
        relu, relu6, pool = F.relu, F.hardtanh, F.max_pool2d

        def watched_relu(x, inplace=False):
            return torch.relu(self.seen(x, (0,)))

        def watched_relu6(x, low, high, inplace=False):
            return relu6(self.seen(x, (low, high)), low, high)

        def watched_pool(x, kernel_size, stride, padding, *arguments, ceil_mode=False, **named):
            self.inputs.append(("pool", x, kernel_size, stride, padding, ceil_mode))
            return pool(x, kernel_size, stride, padding, *arguments, ceil_mode=ceil_mode, **named)

        remember = lambda module, *_: setattr(self, "last_norm", module)
        hooks = [
            m.register_forward_hook(remember) for m in self.model.modules() if isinstance(m, torch.nn.BatchNorm2d)
        ]
        F.relu, F.hardtanh, F.max_pool2d = watched_relu, watched_relu6, watched_pool
        try:
            with torch.no_grad():
                yield
        finally:
            F.relu, F.hardtanh, F.max_pool2d = relu, relu6, pool
            for hook in hooks:
                hook.remove()

    def seen(self, x, kinks):
        """`x` on its way into a function with kinks, moved where that is wanted."""
        if self.settling and self.last_norm is not None:
            x = x + self.settle(x, kinks)[:, None, None]
        self.inputs.append(("kinks", x, kinks))
        return x

    def settle(self, x, kinks):
        """Moves the last batch norm's shift, whose sum with others `x` is, and returns by how much."""
        shift = self.last_norm.bias
        moved = shift - torch.stack([gap_near_zero(channel, kinks) for channel in x.transpose(0, 1).flatten(1)])
        moved = moved.float().double()
        difference = moved - shift
        shift.copy_(moved)
        return difference


def gap_near_zero(values, kinks):
    """The place nearest to zero from which every kink lies in a gap between `values` that is wide against rounding errors."""
    ordered = values.sort().values
    widths, middles = ordered.diff(), (ordered[1:] + ordered[:-1]) / 2
    wide = min(1e-3 * values.square().mean().sqrt(), widths.max() / 2)
    # Beyond the smallest and the largest value is as good.
    margin = 0.01 * ordered.abs().max()
    middles = torch.cat([middles[widths > wide], (ordered[0] - margin)[None], (ordered[-1] + margin)[None]])
    places = middles[:, None] + middles.new_tensor(kinks)
    behind = torch.searchsorted(ordered, places)
    last = len(ordered) - 1
    nearest = [(places - ordered[i.clamp(0, last)]).abs() for i in (behind - 1, behind)]
    fitting = middles[(torch.minimum(*nearest) > wide / 2).all(dim=1)]
    return fitting[fitting.abs().argmin()]


def decision_margin(exact, single):
    """The smallest distance from a decision, in units of the root mean square float32 error at that layer."""
    margin = np.inf
    for (kind, x, *window), (_, y, *_) in zip(exact.inputs, single.inputs, strict=True):
        error = (x - y.double()).square().mean().sqrt().item()
        if kind == "kinks":
            distance = min((x - kink).abs().min().item() for kink in window[0])
        else:
            kernel, stride, padding, ceil_mode = window
            behind = padding + (stride if ceil_mode else 0)
            planes = F.pad(x, (padding, behind, padding, behind), value=-1).flatten(0, 1)[:, None]
            best, second = F.unfold(planes, kernel, stride=stride).topk(2, dim=1).values.unbind(1)
            # Windows of zeros pass no gradient on: the ReLU before them blocks it.
            distance = (best - second)[best > 0].min().item()
        margin = min(margin, distance / error)
    return margin


def settle(model, stages, batch_norm, side):
    """Moves the model's shifts for the best of the inputs; returns its margin and name."""
    best = (0, None, None)
    for index in range(CANDIDATES):
        settled = copy.deepcopy(model)
        prepare(settled, stages, batch_norm)
        x = images(f"input{index}", side)
        with Decisions(settled, settling=True).watching():
            settled(x.double())
        seen = []
        for network, dtype in ((settled, torch.float64), (copy.deepcopy(settled).float(), torch.float32)):
            seen.append(Decisions(network))
            with seen[-1].watching():
                network(x.to(dtype))
        margin = decision_margin(*seen)
        if margin > best[0]:
            best = (margin, f"input{index}", [m.bias for m in settled.modules() if isinstance(m, torch.nn.BatchNorm2d)])
        if margin > ENOUGH_MARGIN:
            break
    margin, name, shifts = best
    with torch.no_grad():
        for m, shift in zip((m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)), shifts, strict=True):
            m.bias.copy_(shift)
    return margin, name


def step(model, stages, batch_norm, x, dtype):
    """Loss, gradients and, in `adapt`, running statistics, in our names and layouts."""
    model = copy.deepcopy(model).to(dtype)
    trained = prepare(model, stages, batch_norm)
    loss = F.cross_entropy(model(x.to(dtype)), labels())
    loss.backward()
    gradients = {name: p.to_ours(tensor.grad.double().numpy()) for name, (tensor, p) in trained.items()}
    statistics = {}
    if batch_norm == "adapt":
        for p in formula.torch_parameters(model):
            if p.name.split(".")[0] in stages and p.name.endswith((".mean", ".variance")):
                statistics[p.name] = model.get_buffer(p.key).double().numpy()
    return loss.item(), gradients, statistics


def relative_errors(values, references):
    """‖v − r‖ / ‖r‖ of each array, leaving out those that are zero but for rounding."""
    norms = {name: np.linalg.norm(r) for name, r in references.items()}
    largest = max(norms.values())
    return {n: np.linalg.norm(values[n] - r) / norms[n] for n, r in references.items() if norms[n] > 1e-9 * largest}


def gradient_run(run, network, stages, batch_norm):
    build, side, _ = NETWORKS[network]
    model = formula.fill_torch(build()).double()
    margin, input_name = settle(model, stages, batch_norm, side)
    x = images(input_name, side)
    loss, gradients, statistics = step(model, stages, batch_norm, x, torch.float64)
    _, single, _ = step(model, stages, batch_norm, x, torch.float32)
    errors = relative_errors(single, gradients)
    worst = max(errors, key=errors.get)
    arrays = gradients | statistics
    np.save(OUTPUT / f"{run}.npy", np.concatenate([digest(n, a) for n, a in arrays.items()]).astype(np.float32))
    shifts = {
        p.name: model.get_parameter(p.key).detach().numpy()
        for p in formula.torch_parameters(model)
        if p.name.endswith(".shift")
    }
    if shifts:
        np.save(OUTPUT / f"{run}.shifts.npy", np.concatenate(list(shifts.values())).astype(np.float32))
    description = {
        "architecture": network.removesuffix("-odd").removesuffix("-published"),
        "hasPublishedHead": network.endswith("-published"),
        "batchNorm": batch_norm,
        "stages": stages,
        "input": input_name,
        "side": side,
        "loss": loss,
        "shifts": list(shifts),
        "parameters": list(gradients),
        "statistics": list(statistics),
        "margin": margin,
        "float32Error": errors[worst],
    }
    (OUTPUT / f"{run}.json").write_text(json.dumps(description) + "\n")
    print(run, input_name, f"margin {margin:.2f} loss {loss:.6f} float32 {errors[worst]:.2e} at {worst}", flush=True)


# Ten steps of an optimiser


# With stored statistics activations are not renormalised as weights move, and the larger rate diverges.
LEARNING_RATES = {"sgd-frozen": 0.005, "sgd-adapt": 0.05, "adamw-frozen": 1e-3, "adamw-adapt": 1e-3}


def optimizer(kind, trained, learning_rate):
    decays = [t for name, (t, _) in trained.items() if name.endswith(".weight")]
    others = [t for name, (t, _) in trained.items() if not name.endswith(".weight")]
    if kind == "sgd":
        groups = [{"params": decays, "weight_decay": 1e-4}, {"params": others, "weight_decay": 0}]
        return torch.optim.SGD(groups, lr=learning_rate, momentum=0.9)
    groups = [{"params": decays, "weight_decay": 0.01}, {"params": others, "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=learning_rate)


def losses(kind, batch_norm, dtype):
    """The loss before each of ten steps and after the last."""
    build, side, _ = NETWORKS["resnet18"]
    model = formula.fill_torch(build()).to(dtype)
    trained = prepare(model, stage_names(model), batch_norm)
    x = images("input", side).to(dtype)
    moves = optimizer(kind, trained, LEARNING_RATES[f"{kind}-{batch_norm}"])
    result = []
    for _ in range(10):
        moves.zero_grad()
        loss = F.cross_entropy(model(x), labels())
        loss.backward()
        moves.step()
        result.append(loss.item())
    with torch.no_grad():
        result.append(F.cross_entropy(model(x), labels()).item())
    return result


def loss_runs():
    record = {}
    for kind in ("sgd", "adamw"):
        for batch_norm in ("frozen", "adapt"):
            exact, single = (losses(kind, batch_norm, d) for d in (torch.float64, torch.float32))
            difference = max(abs(a - b) for a, b in zip(exact, single))
            rate = LEARNING_RATES[f"{kind}-{batch_norm}"]
            record[f"{kind}-{batch_norm}"] = {"learningRate": rate, "losses": exact, "float32Difference": difference}
            print(kind, batch_norm, [round(v, 5) for v in exact], f"float32 {difference:.1e}", flush=True)
    (OUTPUT / "ten-steps.json").write_text(json.dumps(record, indent=1) + "\n")


def main(prefixes):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    selected = lambda run: not prefixes or any(run.startswith(p) for p in prefixes)
    for network, (build, _, some) in NETWORKS.items():
        for part, stages in (("all", stage_names(build())), ("some", some)):
            has_norms = any(isinstance(m, torch.nn.BatchNorm2d) for m in build().modules())
            for batch_norm in ("frozen", "adapt") if has_norms else ("frozen",):
                if selected(run := f"{network}-{part}-{batch_norm}"):
                    gradient_run(run, network, stages, batch_norm)
    if selected("ten-steps"):
        loss_runs()


if __name__ == "__main__":
    main(sys.argv[1:])
