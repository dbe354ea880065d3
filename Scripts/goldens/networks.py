"""Forward goldens: features and logits of every architecture, computed by PyTorch in float64 and by Keras in float32.

    python networks.py [NAME…]        writes Tests/Goldens/networks/forward; all networks, or those whose name starts so
"""

import gc
import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import torch

import formula
import reference_models as reference

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/Goldens/networks/forward"
# Small networks of each kind, for which every stage is stored.
STAGES_OF = {"resnet18-v1.5", "resnet50-v1.5", "resnet50-original", "resnet20", "vgg11_bn"}
# Layers by our name, with PyTorch's module. Of the last of each network all positions are stored.
TAPS = {
    "resnet18-v1.5": {"layer1.block1.conv1": "layer1.0.conv1", "layer2": "layer2", "layer4.block2.norm1": "layer4.1.bn1"},
    "resnet50-v1.5": {"layer2.block1": "layer2.0", "layer3.block2.norm3": "layer3.1.bn3", "layer4": "layer4"},
    "vgg16": {"block1": "features.4", "block2.conv2": "features.7", "block5.relu3": "features.29"},
}


def configurations():
    """Identifier, single-image side, function that builds the model."""
    for name in reference.IMAGENET_RESNETS:
        for form in ("v1.5", "original", "caffe"):
            yield f"{name}-{form}", 224, lambda n=name, f=form: reference.resnet(n, f)
    for name, blocks in reference.CIFAR_RESNETS.items():
        yield name, 32, lambda b=blocks: reference.CIFARResNet(b)
    for name in reference.VGGS:
        yield name, 224, lambda n=name: reference.vgg(n, False)
        yield f"{name}-fc", 224, lambda n=name: reference.vgg(n, True)
    yield "alexnet", 224, lambda: reference.alexnet(False)
    yield "alexnet-fc", 224, lambda: reference.alexnet(True)
    for form in ("torch", "keras"):
        yield f"squeezenet1_1-{form}", 227, lambda f=form: reference.squeezenet(f, False)
        yield f"squeezenet1_1-{form}-published", 227, lambda f=form: reference.squeezenet(f, True)
        yield f"mobilenet_v2-{form}", 224, lambda f=form: reference.mobilenet_v2(f)


def inputs(single_side):
    """The two inputs N×H×W×C of every network: a batch of two at 64×64 and one image."""
    return [formula.images(2, 64), formula.images(1, single_side)]


def pooled(x):
    """The means of a feature map; features as they are."""
    return x.mean(dim=(2, 3)) if x.ndim == 4 else x


def run(model, x, dtype):
    """Features, logits and the spatial mean of each stage."""
    captured = {}
    hooks = [reference.head(model).register_forward_pre_hook(lambda m, a: captured.update(features=pooled(a[0])))]
    for name, module in reference.stage_modules(model).items():
        hooks.append(module.register_forward_hook(lambda m, a, y, n=name: captured.update({n: y.mean(dim=(2, 3))})))
    with torch.no_grad():
        captured["logits"] = model(torch.from_numpy(x).permute(0, 3, 1, 2).to(dtype))
    for hook in hooks:
        hook.remove()
    return {name: value.double().numpy() for name, value in captured.items()}


def run_taps(model, x, layers):
    """The feature maps N×H×W×C of layers."""
    captured = {}
    modules = dict(model.named_modules())
    hooks = [
        # A copy, because the ReLU that follows works in place.
        modules[module].register_forward_hook(lambda m, a, y, n=name: captured.update({n: y.clone()}))
        for name, module in layers.items()
    ]
    with torch.no_grad():
        model(torch.from_numpy(x).permute(0, 3, 1, 2).double())
    for hook in hooks:
        hook.remove()
    return {name: captured[name].permute(0, 2, 3, 1).numpy() for name in layers}


def relative(value, reference):
    """The largest difference over the largest reference magnitude."""
    return float(np.abs(value - reference).max() / np.abs(reference).max())


def compare(others, references):
    """`relative` of features and logits, for the batch at 64×64 and for the single image."""
    return {
        tap: [relative(other[tap], reference[tap]) for other, reference in zip(others, references)]
        for tap in ("features", "logits")
    }


def bfloat16(model, xs):
    """What PyTorch's autocast to bfloat16 makes of the same inputs."""
    model = model.to(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return [run(model, x, torch.float32) for x in xs]


def keras_outputs(identifier, xs):
    """Keras' own model, or None where there is none; at 64×64 Keras' VGG has no classifier that fits."""
    import keras

    name, form = identifier.removesuffix("-fc").removesuffix("-original"), identifier.rpartition("-")[2]
    builders = {
        "resnet50": "ResNet50",
        "resnet101": "ResNet101",
        "resnet152": "ResNet152",
        "vgg16": "VGG16",
        "vgg19": "VGG19",
        "mobilenet_v2-keras": "MobileNetV2",
    }
    if name not in builders or (name.startswith("resnet") and form != "original"):
        return None
    keras.config.set_image_data_format("channels_last")
    results = []
    for x in xs:
        keras.utils.clear_session()
        build = getattr(keras.applications, builders[name])
        side = x.shape[1]
        if name.startswith("vgg") and form != "fc":
            trunk = build(weights=None, include_top=False, input_shape=(side, side, 3), pooling="avg")
            model = keras.Model(trunk.input, keras.layers.Dense(10, name="predictions")(trunk.output))
        elif name.startswith("vgg") and side != 224:
            continue
        else:
            model = build(weights=None, input_shape=(side, side, 3), classes=10, classifier_activation=None)
        formula.fill_keras(model)
        taps = keras.Model(model.input, {"features": model.layers[-2].output, "logits": model.output})
        y = taps(x, training=False)
        results.append({k: v.detach().numpy().astype(np.float64) for k, v in y.items()})
    return results


def store(name, arrays):
    np.save(OUTPUT / f"{name}.npy", np.concatenate(arrays).astype(np.float32))


def main(prefixes):
    (OUTPUT / "taps").mkdir(parents=True, exist_ok=True)
    record_path = OUTPUT / "reference_losses.json"
    record = json.loads(record_path.read_text()) if record_path.exists() else {}
    for identifier, side, build in configurations():
        if prefixes and not any(identifier.startswith(p) for p in prefixes):
            continue
        xs = inputs(side)
        model = formula.fill_torch(build()).eval()
        single = [run(model, x, torch.float32) for x in xs]
        half = bfloat16(model, xs)
        exact = [run(model.double(), x, torch.float64) for x in xs]
        if layers := TAPS.get(identifier):
            for name, maps in run_taps(model, xs[0], layers).items():
                store(f"taps/{identifier}.{name}.avg", [maps.mean(axis=(1, 2))])
                store(f"taps/{identifier}.{name}.max", [maps.max(axis=(1, 2))])
            store(f"taps/{identifier}.{name}.none", [maps])
        del model
        store(f"{identifier}.features", [y["features"] for y in exact])
        store(f"{identifier}.logits", [y["logits"] for y in exact])
        if identifier in STAGES_OF:
            for stage in exact[0].keys() - {"features", "logits"}:
                store(f"{identifier}.{stage}", [y[stage] for y in exact])
        entry = {"bfloat16": compare(half, exact), "float32": compare(single, exact)}
        if keras_exact := keras_outputs(identifier, xs):
            # Without the batch at 64×64 where Keras' classifier does not fit it.
            entry["keras"] = compare(keras_exact, exact[-len(keras_exact) :])
            assert max(max(v) for v in entry["keras"].values()) < 5e-6, entry
            store(f"{identifier}.keras.features", [y["features"] for y in keras_exact])
            store(f"{identifier}.keras.logits", [y["logits"] for y in keras_exact])
        record[identifier] = entry
        record_path.write_text(json.dumps(dict(sorted(record.items())), indent=1) + "\n")
        magnitude = [f"{np.abs(y[tap]).max():.3g}" for tap in ("features", "logits") for y in exact]
        spread = relative(exact[0]["features"][0], exact[0]["features"][1])
        print(identifier, "max features, logits", *magnitude, f"spread {spread:.2g}", json.dumps(entry), flush=True)
        gc.collect()


if __name__ == "__main__":
    main(sys.argv[1:])
