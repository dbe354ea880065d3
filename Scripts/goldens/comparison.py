"""How far numbers of the formula lie apart, by NumPy in float64: `Tests/Goldens/weights/comparison.json`.

    python Scripts/goldens/comparison.py
"""

import json
from pathlib import Path

import numpy as np

import formula

OUT = Path(__file__).resolve().parents[2] / "Tests/Goldens/weights/comparison.json"
COUNT = 1000


def figures(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    change = np.abs(b - a)
    return {
        "differing": int(np.count_nonzero(a != b)),
        "absolute": float(change.max()),
        "relative": float((change / np.maximum(np.abs(a), np.abs(b))).max()),
        "norm": float(np.linalg.norm(b - a) / np.linalg.norm(a)),
    }


def main():
    a = formula.values("a", [COUNT], -1, 1)
    b = np.where(np.arange(COUNT) % 3 == 0, formula.values("b", [COUNT], -1, 1), a)
    c, d = formula.values("c", [COUNT], 0.5, 1), formula.values("d", [COUNT], 0.5, 1)
    whole = figures(np.concatenate([a, c]), np.concatenate([b, d]))
    OUT.write_text(json.dumps({"a to b": figures(a, b), "c to d": figures(c, d), "both": whole}, indent=1) + "\n")


if __name__ == "__main__":
    main()
