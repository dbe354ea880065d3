#!/usr/bin/env python3
"""What `finetune bench` measures, in PyTorch: the best that a careful user gets out of it on a processor.

    python pytorch_baseline.py --architecture resnet50 --case forward --mode compile

Prints one JSON object with the keys of `finetune bench --json`, and `mode`:

    f32       eager, channels last
    bf16      the same under autocast to bfloat16
    compile   torch.compile on bf16, for inference with frozen weights and folded batch norm

A training step is forward, cross-entropy, backward and SGD with momentum.
"""

import argparse
import json
import pathlib
import resource
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Scripts/goldens"))
import formula
import reference_models

CLASSES = 10
WARM_UP_STEPS = 3


def build(architecture):
    """The network as `finetune bench` builds it: VGG with a globally pooled head."""
    if architecture in reference_models.IMAGENET_RESNETS:
        model = reference_models.resnet(architecture, classes=CLASSES)
    elif architecture in reference_models.CIFAR_RESNETS:
        model = reference_models.CIFARResNet(reference_models.CIFAR_RESNETS[architecture], CLASSES)
    else:
        model = reference_models.vgg(architecture, False, CLASSES)
    return model.to(memory_format=torch.channels_last)


def freeze(model, case, batch_norm):
    """Leaves the stages of a case to train; batch norm uses batch statistics only in `adapt`, and only in them."""
    names = formula.torch_module_names(model)
    stages = list(dict.fromkeys(name.split(".")[0] for name in names.values()))
    trained = {"head": stages[-1:], "layer4": stages[-2:], "full": stages}[case]
    model.eval()
    for path, name in names.items():
        module = model.get_submodule(path)
        trains = name.split(".")[0] in trained
        module.requires_grad_(trains)
        module.train(trains and batch_norm == "adapt")


def make_step(a):
    x = torch.randn(a.batch, 3, a.image_size, a.image_size).to(memory_format=torch.channels_last)
    y = torch.randint(0, CLASSES, (a.batch,))
    model = build(a.architecture)
    if a.case == "forward":
        model.eval()
    else:
        freeze(model, a.case, a.batch_norm)
    torch._inductor.config.freezing = a.case == "forward"
    run = torch.compile(model) if a.mode == "compile" else model
    half = lambda: torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.mode != "f32")

    def forward():
        with torch.inference_mode(), half():
            run(x)

    if a.case == "forward":
        return forward
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1e-3, momentum=0.9)

    def train():
        optimizer.zero_grad()
        with half():
            loss = F.cross_entropy(run(x), y)
        loss.backward()
        optimizer.step()

    return train


def median_seconds(step, repeat):
    for _ in range(WARM_UP_STEPS):
        step()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--architecture", default="resnet50")
    parser.add_argument("--case", default="forward", choices=["forward", "head", "layer4", "full"])
    parser.add_argument("--mode", default="f32", choices=["f32", "bf16", "compile"])
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--batch-norm", default="frozen", choices=["frozen", "adapt"])
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--threads", type=int)
    a = parser.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    seconds = median_seconds(make_step(a), a.repeat)
    print(
        json.dumps(
            {
                "architecture": a.architecture,
                "case": a.case,
                "precision": "f32" if a.mode == "f32" else "bf16",
                "mode": a.mode,
                "batch": a.batch,
                "image_size": a.image_size,
                "images_per_second": a.batch / seconds,
                "seconds_per_step": seconds,
                "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
