"""Metrics of scikit-learn for Tests/Goldens/metrics: python Scripts/goldens/metrics.py

Versions are pinned in requirements.txt beside this file.
"""

import json
import pathlib
import warnings

import numpy as np
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
        scores = metrics.precision_recall_fscore_support(labels, predicted, average=average, zero_division=0)
        result[average] = list(scores[:3])
    if len(classes) > 5:
        result["top5"] = metrics.top_k_accuracy_score(labels, probabilities, k=5, labels=classes)
    return result


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


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

    folder.mkdir(parents=True, exist_ok=True)
    result = {name: judged(*case) for name, case in cases.items()}
    text = json.dumps(result, separators=(",", ":")).replace('},"', '},\n"')
    (folder / "cases.json").write_text(text + "\n")


main()
