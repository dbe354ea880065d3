"""State dicts to begin fuzzing with: `Fuzzing/Corpora/weights`. Their names are torchvision's, their tensors have the right
number of axes and one element each, which keeps them small.

    python Scripts/goldens/fuzz_weights.py
"""

from pathlib import Path

import safetensors.torch
import torch
import torchvision

OUT = Path(__file__).resolve().parents[2] / "Fuzzing/Corpora/weights"


def small(network, count):
    """The first entries and the last two of a state dict, each cut down to one element."""
    entries = list(network.state_dict().items())
    return {name: tensor[(slice(1),) * tensor.dim()].clone() for name, tensor in entries[:count] + entries[-2:]}


OUT.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
resnet = small(torchvision.models.resnet18(), 20)
vgg = small(torchvision.models.vgg11_bn(), 14)
safetensors.torch.save_file(resnet, OUT / "resnet18.safetensors")
wrapped = {f"model.module.{name}": tensor for name, tensor in vgg.items()}
safetensors.torch.save_file(wrapped | {"optimizer.step": torch.ones(1)}, OUT / "wrapped.safetensors")
torch.save({"state_dict": vgg, "epoch": 3}, OUT / "checkpoint.pth")
torch.save(resnet, OUT / "resnet18.pth", _use_new_zipfile_serialization=False)
