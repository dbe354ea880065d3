"""Classifiers on features by scikit-learn, and intervals by SciPy, for Tests/Goldens/probe: python Scripts/goldens/probe.py

Features come from the formula, so only results are stored. Versions are pinned in requirements.txt beside this file.
"""

import json
import pathlib

import numpy as np
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

from formula import values

folder = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Goldens" / "probe"
ROWS, COLUMNS, CLASSES = 150, 24, 4


def main():
    labels = (values("labels", (ROWS,), 0, CLASSES)).astype(int)
    features = values("features", (ROWS, COLUMNS), -1, 1)
    # Each class is a little larger in a column of its own; columns differ in scale.
    features[np.arange(ROWS), labels] += np.float32(0.75)
    features *= np.arange(1, COLUMNS + 1, dtype=np.float32)
    train, test = slice(0, 100), slice(100, ROWS)
    scaler = StandardScaler().fit(features[train])
    cases = []
    for strength in 0.01, 1, 100:
        model = LogisticRegression(C=strength, tol=1e-8, max_iter=10000)
        model.fit(scaler.transform(features[train].astype(np.float64)), labels[train])
        scaled = scaler.transform(features[test].astype(np.float64))
        cases.append({"strength": strength, "probabilities": model.predict_proba(scaled).tolist()})
    # Numbers that the features tell, but for some noise; of fewer images than features, too.
    numbers = features.astype(np.float64) @ values("weights", (COLUMNS,), -1, 1) + 10 * values("noise", (ROWS,), -1, 1)
    ridges = []
    for rows, penalty in (100, 0.1), (100, 10), (100, 1000), (10, 0.1), (10, 10):
        scaler = StandardScaler().fit(features[:rows])
        model = Ridge(penalty, solver="cholesky").fit(scaler.transform(features[:rows].astype(np.float64)), numbers[:rows])
        predictions = model.predict(scaler.transform(features[test].astype(np.float64)))
        ridges.append({"rows": rows, "penalty": penalty, "predictions": predictions.tolist()})
    neighbours = []
    for count in 1, 5, 12:
        model = KNeighborsClassifier(count, metric="cosine", algorithm="brute").fit(features[train], labels[train])
        means = KNeighborsRegressor(count, metric="cosine", algorithm="brute").fit(features[train], numbers[train])
        neighbours.append(
            {
                "count": count,
                "predictions": model.predict(features[test]).tolist(),
                "means": means.predict(features[test]).tolist(),
            }
        )
    intervals = []
    for right, total in (8, 10), (0, 20), (480, 480), (417, 480):
        interval = binomtest(right, total).proportion_ci(method="wilson")
        intervals.append({"right": right, "total": total, "low": interval.low, "high": interval.high})
    folder.mkdir(parents=True, exist_ok=True)
    golden = {"labels": labels.tolist(), "numbers": numbers.tolist(), "regressions": cases, "ridges": ridges}
    golden |= {"neighbours": neighbours, "intervals": intervals}
    (folder / "classifiers.json").write_text(json.dumps(golden) + "\n")


main()
