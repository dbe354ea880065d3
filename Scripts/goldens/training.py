"""Golden losses, schedules, optimiser steps and training runs, computed with PyTorch.

    python Scripts/goldens/training.py      writes Tests/Goldens/training/*.json
"""

import json
from pathlib import Path

import numpy as np
import torch
import torchvision

import formula

OUTPUT = Path(__file__).resolve().parents[2] / "Tests/Goldens/training"


def write(name, content):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


def numbers(tensor):
    return tensor.detach().double().flatten().tolist()


def losses():
    """Softmax cross-entropy of six images and five classes.

    Images of weights m count m times in both sums of PyTorch's weighted mean: Σ m ℓ / Σ m w_y.
    """
    logits = torch.from_numpy(formula.values("logits", (6, 5), -6, 6))
    labels = torch.tensor([0, 3, 4, 1, 1, 2])
    class_weights = [0.5, 2.0, 1.0, 0.25, 3.0]
    image_weights = [1.0, 0.5, 3.0, 0.0, 1.0, 1.5]
    cross_entropy = torch.nn.functional.cross_entropy
    cases = []
    for weights in [None, image_weights]:
        for smoothing in [0.0, 0.1]:
            for weighted in [False, True]:
                x = logits.double().requires_grad_()
                by_class = torch.tensor(class_weights).double() if weighted else None
                if weights is None:
                    loss = cross_entropy(x, labels, by_class, label_smoothing=smoothing)
                else:
                    each = cross_entropy(x, labels, by_class, label_smoothing=smoothing, reduction="none")
                    m = torch.tensor(weights).double()
                    loss = (m * each).sum() / (m * by_class[labels] if weighted else m).sum()
                loss.backward()
                cases.append(
                    {
                        "labelSmoothing": smoothing,
                        "classWeights": class_weights if weighted else None,
                        "imageWeights": weights,
                        "loss": loss.item(),
                        "gradient": numbers(x.grad),
                    }
                )
    correct = (logits.argmax(1) == labels).sum().item()
    write("losses", {"labels": labels.tolist(), "correct": correct, "cases": cases})


def binary_losses():
    """Binary cross-entropy of six images and five classes, of which an image has some, none or all."""
    logits = torch.from_numpy(formula.values("logits", (6, 5), -6, 6))
    answers = [[2], [], [0, 1, 2, 3, 4], [0, 2, 4], [1, 3], [0, 1, 2, 3]]
    positive_weights = [0.5, 2.0, 1.0, 0.25, 3.0]
    image_weights = [1.0, 0.5, 2.0, 0.0, 3.0, 1.5]
    targets = torch.zeros(6, 5).double()
    for row, answer in enumerate(answers):
        targets[row, answer] = 1
    cases = []
    for smoothing in [0.0, 0.1]:
        for positive in [None, positive_weights]:
            for weights in [None, image_weights]:
                x = logits.double().requires_grad_()
                # The mean of weights that average one is the weighted mean.
                weight = None if weights is None else torch.tensor(weights).double()[:, None]
                criterion = torch.nn.BCEWithLogitsLoss(
                    weight=None if weight is None else weight / weight.mean(),
                    pos_weight=None if positive is None else torch.tensor(positive).double(),
                )
                loss = criterion(x, targets * (1 - smoothing) + smoothing / 2)
                loss.backward()
                cases.append(
                    {
                        "labelSmoothing": smoothing,
                        "positiveWeights": positive,
                        "imageWeights": weights,
                        "loss": loss.item(),
                        "gradient": numbers(x.grad),
                    }
                )
    correct = ((logits > 0) == (targets > 0)).all(1).sum().item()
    write("binary_losses", {"answers": answers, "correct": correct, "cases": cases})


def squared_errors():
    """Squared errors of six numbers, which the outputs count in units from an offset."""
    outputs = torch.from_numpy(formula.values("outputs", (6,), -2, 2))
    targets = torch.tensor([11.5, 30, -4.25, 12, 18, 7]).double()
    offset, unit = 12.0, 2.5
    cases = []
    for weights in [None, [1.0, 0.5, 2.0, 0.0, 3.0, 1.5]]:
        x = outputs.double().requires_grad_()
        errors = torch.nn.functional.mse_loss(x, (targets - offset) / unit, reduction="none")
        weight = torch.ones(6).double() if weights is None else torch.tensor(weights).double()
        loss = (weight * errors).sum() / weight.sum()
        loss.backward()
        cases.append({"imageWeights": weights, "loss": loss.item(), "gradient": numbers(x.grad)})
    content = {"outputs": numbers(outputs), "targets": numbers(targets), "offset": offset, "unit": unit}
    write("squared_errors", content | {"cases": cases})


def factors(steps, make_schedule):
    """The learning rate of each step from a base of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make_schedule(optimizer)
    result = []
    for step in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
    return result


def schedules():
    """Learning-rate factors of every step."""
    s = torch.optim.lr_scheduler
    cosine, one_cycle = [], []
    for per_epoch, epochs, minimum in [(7, 3, 0.0), (5, 4, 0.05)]:
        steps = per_epoch * epochs
        values = factors(steps, lambda o: s.CosineAnnealingLR(o, steps, eta_min=minimum))
        cosine.append({"stepsPerEpoch": per_epoch, "epochs": epochs, "minimum": minimum, "factors": values})
    for per_epoch, epochs, rise, initial, final in [(7, 3, 0.3, 25, 1e4), (10, 2, 0.25, 10, 100), (3, 1, 0.1, 25, 1e4)]:
        steps = per_epoch * epochs
        values = factors(
            steps,
            lambda o: s.OneCycleLR(
                o,
                1.0,
                total_steps=steps,
                pct_start=rise,
                div_factor=initial,
                final_div_factor=final,
                cycle_momentum=False,
            ),
        )
        one_cycle.append(
            {
                "stepsPerEpoch": per_epoch,
                "epochs": epochs,
                "rise": rise,
                "initialDivisor": initial,
                "finalDivisor": final,
                "factors": values,
            }
        )
    step = factors(20, lambda o: s.LambdaLR(o, lambda t: 0.1 ** (t // 4 // 2)))
    write("schedules", {"cosine": cosine, "oneCycle": one_cycle, "step": step})


# A convolution with a bias, and a linear layer: sizes that leave a tail behind every vector width.
OPTIMIZER_SHAPES = {
    "stem.conv.weight": (7, 3, 3, 3),
    "stem.conv.bias": (7,),
    "head.linear.weight": (5, 7),
    "head.linear.bias": (5,),
}


def optimizers():
    """Ten steps each from the formula's weights and gradients; the head learns twice as fast as the stem."""
    torch_optim = torch.optim
    cases = [
        ("sgd", dict(momentum=0.0), 0.05, 0.0, None),
        ("sgd", dict(momentum=0.9), 0.05, 1e-2, None),
        ("sgd", dict(momentum=0.9, nesterov=True), 0.05, 1e-2, None),
        ("sgd", dict(momentum=0.9), 0.05, 1e-2, 0.5),
        ("adam", dict(betas=(0.9, 0.999), eps=1e-8), 0.01, 1e-2, None),
        ("adamw", dict(betas=(0.9, 0.999), eps=1e-8), 0.01, 0.1, None),
        ("adamw", dict(betas=(0.8, 0.95), eps=1e-3), 0.01, 0.1, 0.5),
    ]
    classes = {"sgd": torch_optim.SGD, "adam": torch_optim.Adam, "adamw": torch_optim.AdamW}
    results = []
    for name, options, lr, decay, clip in cases:
        parameters = {
            n: torch.from_numpy(formula.values(n, shape, -1, 1)).requires_grad_()
            for n, shape in OPTIMIZER_SHAPES.items()
        }
        groups = [
            {
                "params": [p],
                "lr": lr * (2 if n.startswith("head") else 1),
                "weight_decay": decay if n.endswith("weight") else 0.0,
            }
            for n, p in parameters.items()
        ]
        optimizer = classes[name](groups, foreach=False, **options)
        norms = []
        for step in range(10):
            for n, p in parameters.items():
                p.grad = torch.from_numpy(formula.values(f"gradient{step}.{n}", p.shape, -0.2, 0.2))
            if clip is not None:
                norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), clip).item())
            optimizer.step()
        results.append(
            {
                "name": name,
                "momentum": options.get("momentum"),
                "nesterov": options.get("nesterov"),
                "betas": options.get("betas"),
                "epsilon": options.get("eps"),
                "learningRate": lr,
                "weightDecay": decay,
                "gradientClip": clip,
                "norms": norms,
                "weights": {n: numbers(p) for n, p in parameters.items()},
            }
        )
    write("optimizers", results)


def pixels(name, count, side):
    """Images N×H×W×3 of bytes."""
    return np.floor(formula.values(name, (count, side, side, 3), 0, 256)).astype(np.uint8)


def training_runs():
    """The losses of ten steps of a ResNet-18 on two batches of four images in turn, everything trained.

    Computed in float64. The learning rates, and the epsilon of AdamW, keep PyTorch's own float32 within 1e-5 of it on every
    processor; higher rates amplify rounding, and so does AdamW's usual epsilon of 1e-8, which turns a gradient that is
    nothing but rounding into a step of the full learning rate.
    """
    mean = torch.tensor([0.485, 0.456, 0.406]) * 255
    deviation = torch.tensor([0.229, 0.224, 0.225]) * 255
    images = [torch.from_numpy(pixels(f"pixels{i}", 4, 64)) for i in range(2)]
    batches = [((x.float() - mean) / deviation).permute(0, 3, 1, 2).contiguous().double() for x in images]
    labels = [torch.tensor([0, 1, 2, 3]), torch.tensor([4, 5, 0, 2])]
    results = []
    for name, make, lr, decay, epsilon in [
        ("sgd", lambda g: torch.optim.SGD(g, lr=1e-3, momentum=0.9), 1e-3, 1e-3, None),
        ("adamw", lambda g: torch.optim.AdamW(g, lr=3e-5, eps=1e-5), 3e-5, 0.05, 1e-5),
    ]:
        for batch_norm in ["frozen", "adapt"]:
            model = torchvision.models.resnet18(num_classes=6)
            formula.fill_torch(model).double()
            model.train(batch_norm == "adapt")
            decaying = [p for n, p in model.named_parameters() if p.ndim > 1]
            others = [p for n, p in model.named_parameters() if p.ndim == 1]
            optimizer = make([{"params": decaying, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}])
            losses = []
            for step in range(10):
                loss = torch.nn.functional.cross_entropy(model(batches[step % 2]), labels[step % 2], label_smoothing=0.1)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            results.append(
                {
                    "optimizer": name,
                    "learningRate": lr,
                    "weightDecay": decay,
                    "epsilon": epsilon,
                    "batchNorm": batch_norm,
                    "losses": losses,
                }
            )
    write("runs", {"labels": [x.tolist() for x in labels], "runs": results})


if __name__ == "__main__":
    torch.set_num_threads(2)
    losses()
    binary_losses()
    squared_errors()
    schedules()
    optimizers()
    training_runs()
