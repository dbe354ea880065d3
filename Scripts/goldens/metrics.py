"""Metrics of scikit-learn, and calibration written out, for Tests/Goldens/metrics: python Scripts/goldens/metrics.py

Versions are pinned in requirements.txt beside this file.
"""

import json
import pathlib
import warnings

import numpy as np
from scipy import optimize, special, stats
from sklearn import metrics

warnings.filterwarnings("ignore")
folder = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Goldens" / "metrics"


def judged(labels, probabilities):
    """Everything that is compared, by scikit-learn's defaults except for zero_division=0."""
    labels, probabilities = np.array(labels), np.array(probabilities)
    classes = np.arange(probabilities.shape[1])
    predicted = probabilities.argmax(axis=1)
    per_class = metrics.precision_recall_fscore_support(labels, predicted, labels=classes, zero_division=0)
    result = {
        "labels": labels.tolist(),
        "probabilities": probabilities.tolist(),
        "predicted": predicted.tolist(),
        "confusion_matrix": metrics.confusion_matrix(labels, predicted, labels=classes).tolist(),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted),
        "per_class": [list(map(float, column)) for column in zip(*per_class)],
        "log_loss": metrics.log_loss(labels, probabilities, labels=classes),
    }
    for average in "macro", "weighted":
        # Over the classes that have images: one that was only predicted is nothing to average.
        scores = metrics.precision_recall_fscore_support(
            labels, predicted, labels=np.unique(labels), average=average, zero_division=0
        )
        result[average] = list(scores[:3])
    if len(classes) > 5:
        result["top5"] = metrics.top_k_accuracy_score(labels, probabilities, k=5, labels=classes)
    result["cohen_kappa"] = number(metrics.cohen_kappa_score(labels, predicted))
    result["matthews_correlation"] = metrics.matthews_corrcoef(labels, predicted)
    result["brier_score"] = metrics.brier_score_loss(labels, probabilities, labels=classes)
    result["ece"] = expected_calibration_error(labels == predicted, probabilities.max(axis=1))
    result |= areas(labels, probabilities)
    return result


def number(value):
    """JSON has no NaN."""
    return None if np.isnan(value) else float(value)


def areas(labels, probabilities):
    """ROC-AUC and average precision of each class against the others, and their means."""
    support = np.bincount(labels, minlength=probabilities.shape[1])
    result = {}
    for name, score, is_defined in (
        ("roc_auc", metrics.roc_auc_score, (support > 0) & (support < len(labels))),
        ("average_precision", metrics.average_precision_score, support > 0),
    ):
        values = [
            float(score(labels == c, probabilities[:, c])) if is_defined[c] else None for c in range(len(support))
        ]
        result[name] = values
        kept = [value for value in values if value is not None]
        result["macro_" + name] = float(np.mean(kept)) if kept else None
        result["weighted_" + name] = float(np.average(kept, weights=support[is_defined])) if kept else None
    # Where no class is absent, scikit-learn has the means itself.
    if is_defined.all() and len(support) > 2:
        for average in "macro", "weighted":
            own = metrics.roc_auc_score(labels, probabilities, multi_class="ovr", average=average)
            assert abs(own - result[average + "_roc_auc"]) < 1e-12
    return result


def expected_calibration_error(is_correct, confidence):
    """Guo et al. 2017, equation 3: fifteen bins (k/15, (k + 1)/15]."""
    error = 0
    for k in range(15):
        inside = (confidence > k / 15) & (confidence <= (k + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(is_correct[inside].mean() - confidence[inside].mean())
    return float(error)


def calibrated(labels, logits):
    """The temperature of least log loss, by SciPy's root of the derivative, and what it changes."""
    logits = np.asarray(logits, np.float32).astype(np.float64)
    rows = np.arange(len(labels))

    def loss(temperature):
        return float(-special.log_softmax(logits / temperature, axis=1)[rows, labels].mean())

    def slope(scale):
        expected = (special.softmax(logits * scale, axis=1) * logits).sum(axis=1)
        return float((expected - logits[rows, labels]).mean())

    has_minimum = slope(1 / 20) < 0 < slope(20)
    temperature = 1 / optimize.brentq(slope, 1 / 20, 20, xtol=1e-15, rtol=1e-15) if has_minimum else None
    result = {"labels": np.asarray(labels).tolist(), "logits": logits.tolist(), "temperature": temperature}
    if has_minimum:
        result |= {"loss_before": loss(1), "loss_after": loss(temperature)}
        for name, divisor in (("ece_before", 1), ("ece_after", temperature)):
            probabilities = special.softmax(logits / divisor, axis=1)
            is_correct = probabilities.argmax(axis=1) == labels
            result[name] = expected_calibration_error(is_correct, probabilities.max(axis=1))
    return result


def multi_label(labels, probabilities, thresholds):
    """The same of images that have several labels, 0/1 in images × classes, or none."""
    labels, probabilities = np.array(labels, int), np.array(probabilities)
    predicted = (probabilities >= thresholds).astype(int)
    support = labels.sum(axis=0)

    def scores(average, classes=None):
        return metrics.precision_recall_fscore_support(
            labels, predicted, labels=classes, average=average, zero_division=0
        )

    present = np.flatnonzero(support)
    nothing = [0.0, 0.0, 0.0]
    result = {
        "labels": [np.flatnonzero(row).tolist() for row in labels],
        "probabilities": probabilities.tolist(),
        "thresholds": np.asarray(thresholds).tolist(),
        "per_class": [list(map(float, column)) for column in zip(*scores(None))],
        "micro": list(scores("micro")[:3]),
        # Over the classes that have images, as above.
        "macro": list(scores("macro", present)[:3]) if len(present) else nothing,
        "weighted": list(scores("weighted")[:3]),
        "image": list(scores("samples")[:3]),
        "subset_accuracy": metrics.accuracy_score(labels, predicted),
        "hamming_loss": metrics.hamming_loss(labels, predicted),
        "log_loss": metrics.log_loss(labels.ravel(), probabilities.ravel(), labels=[0, 1]),
        "brier_score": metrics.brier_score_loss(labels.ravel(), probabilities.ravel(), pos_label=1),
    }
    for name, score, is_defined in (
        ("roc_auc", metrics.roc_auc_score, (support > 0) & (support < len(labels))),
        ("average_precision", metrics.average_precision_score, support > 0),
    ):
        values = [
            float(score(labels[:, c], probabilities[:, c])) if is_defined[c] else None for c in range(len(support))
        ]
        kept = [value for value in values if value is not None]
        result[name] = values
        result["mean_" + name] = float(np.mean(kept)) if kept else None
    result["best_f1"] = [
        best_f1(labels[:, c], probabilities[:, c]) if 0 < support[c] < len(labels) else None
        for c in range(len(support))
    ]
    return result


def best_f1(labels, probabilities):
    """The largest F1 that any threshold yields."""
    precision, recall, _ = metrics.precision_recall_curve(labels, probabilities)
    return float((2 * precision * recall / np.maximum(precision + recall, 1e-300)).max())


def write_multi_label():
    random = np.random.default_rng(11)

    def drawn(count, classes, strength, part=0.3):
        labels = random.random((count, classes)) < part
        logits = random.normal(size=(count, classes)) + strength * (labels - part)
        return labels, special.expit(logits)

    halves = lambda case: (*case, np.full(np.shape(case[1])[1], 0.5))
    cases = {"five_classes": halves(drawn(100, 5, 2))}
    cases["own_thresholds"] = (*drawn(80, 4, 1.5), [0.2, 0.8, 0.5, 0.35])
    # Probabilities that are thresholds are named.
    labels, _ = drawn(60, 3, 0)
    cases["ties"] = (labels, random.integers(0, 5, (60, 3)) / 4, [0.5, 0.25, 1.0])
    labels, probabilities = drawn(50, 4, 1)
    labels[:, 2] = False
    cases["class_without_images"] = (labels, probabilities, [0.5, 0.5, 0.6, 0.5])
    labels, probabilities = drawn(50, 3, 1)
    labels[:, 0] = True
    cases["class_of_all_images"] = halves((labels, probabilities))
    labels, probabilities = drawn(30, 4, 1, part=0.1)
    cases["images_without_labels"] = halves((labels, probabilities))
    cases["nothing_named"] = halves((drawn(20, 3, 0)[0], np.full((20, 3), 0.25)))
    cases["no_labels_at_all"] = halves((np.zeros((10, 3)), drawn(10, 3, 0)[1]))
    cases["certain"] = halves(([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 0], [0, 1], [0, 0], [1, 1]]))
    cases["one_image"] = halves(([[1, 0, 1]], [[0.9, 0.6, 0.3]]))
    result = {name: multi_label(*case) for name, case in cases.items()}
    text = json.dumps(result, separators=(",", ":")).replace('},"', '},\n"')
    (folder / "multi_label.json").write_text(text + "\n")


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def write_regression():
    """Metrics of numbers, one of them SciPy's."""
    random = np.random.default_rng(12)
    numbers = np.round(random.normal(40, 12, 41), 2)
    cases = [
        (numbers, np.round(numbers + random.normal(2, 5, 41), 3)),
        (numbers[:10], np.round(random.normal(40, 12, 10), 3)),
        (1e6 * numbers, 1e6 * numbers[::-1]),
        (np.full(4, 3.5), np.array([3.5, 4, 2, 3])),
        (numbers[:5], np.full(5, 40.0)),
    ]
    result = []
    for truth, said in cases:
        values = {
            "mean_absolute_error": metrics.mean_absolute_error(truth, said),
            "median_absolute_error": metrics.median_absolute_error(truth, said),
            "root_mean_squared_error": metrics.root_mean_squared_error(truth, said),
        }
        # Neither is defined of numbers that are all the same.
        if np.ptp(truth) > 0:
            values["r2"] = metrics.r2_score(truth, said)
            if np.ptp(said) > 0:
                values["correlation"] = float(stats.pearsonr(truth, said).statistic)
        result.append({"numbers": truth.tolist(), "predictions": said.tolist(), "values": values})
    (folder / "regression.json").write_text(json.dumps(result) + "\n")


def main():
    random = np.random.default_rng(7)

    def drawn(count, classes, strength, absent=()):
        present = [c for c in range(classes) if c not in absent]
        labels = random.choice(present, count)
        logits = random.normal(size=(count, classes))
        logits[np.arange(count), labels] += strength
        return labels, softmax(logits)

    cases = {}
    cases["six_classes"] = drawn(120, 6, 1.5)
    cases["two_classes"] = drawn(40, 2, 0.5)
    cases["unbalanced"] = (lambda l, p: (np.where(random.random(60) < 0.8, 0, l), p))(*drawn(60, 4, 1))
    # Quarters, so that several classes share the largest probability.
    ties = random.multinomial(4, [1 / 8] * 8, size=80) / 4
    cases["ties"] = (random.integers(0, 8, 80), ties)
    cases["all_equal"] = (np.arange(14) % 7, np.full((14, 7), 1 / 7))
    cases["class_without_images"] = drawn(50, 7, 1, absent=[2])
    labels, probabilities = drawn(50, 6, 1, absent=[3])
    probabilities[:, 3] = 0
    cases["class_neither_seen_nor_predicted"] = (labels, probabilities / probabilities.sum(axis=1, keepdims=True))
    labels, probabilities = drawn(30, 3, 0)
    probabilities[:, 1] += 10
    cases["one_class_predicted"] = (labels, probabilities / probabilities.sum(axis=1, keepdims=True))
    cases["one_class_present"] = (np.zeros(10, int), drawn(10, 3, 0)[1])
    cases["certain_and_wrong"] = ([0, 1, 2, 1], [[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]])
    cases["one_image"] = ([2], [[0.2, 0.5, 0.3]])
    cases["one_class_only"] = (np.zeros(5, int), np.tile([0.9, 0.1], (5, 1)))
    # Many ties, and confidences on the edges of bins.
    fifths = random.integers(0, 6, 60) / 5
    cases["two_classes_tied"] = (random.integers(0, 2, 60), np.stack([fifths, 1 - fifths], axis=1))
    # 0.6 is the upper end of one bin, and 0.61 lies in the next.
    confidences = np.array([0.55, 0.6, 0.6, 0.61, 0.61, 0.8, 0.85])
    cases["edges_of_bins"] = (np.array([0, 1, 1, 0, 0, 0, 1]), np.stack([confidences, 1 - confidences], axis=1))

    folder.mkdir(parents=True, exist_ok=True)
    result = {name: judged(*case) for name, case in cases.items()}
    text = json.dumps(result, separators=(",", ":")).replace('},"', '},\n"')
    (folder / "cases.json").write_text(text + "\n")

    def logits(count, classes, strength, spread):
        labels = random.integers(0, classes, count)
        values = random.normal(size=(count, classes))
        values[np.arange(count), labels] += strength
        return labels, np.round(values * spread, 3)

    cases = {
        "overconfident": logits(80, 5, 1.5, 4),
        "underconfident": logits(80, 5, 1.5, 0.3),
        "two_classes": logits(50, 2, 1, 2),
        "large_logits": (lambda l, z: (l, z * 300))(*logits(30, 3, 1.5, 0.02)),
        "no_better_than_chance": ([0, 1, 2, 0], [[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 1, 1]]),
        "all_right": ([0, 1, 1], [[3, 0], [0, 1], [0, 0.5]]),
    }
    result = {name: calibrated(*case) for name, case in cases.items()}
    text = json.dumps(result, separators=(",", ":")).replace('},"', '},\n"')
    (folder / "temperatures.json").write_text(text + "\n")
    write_multi_label()
    write_regression()


main()
