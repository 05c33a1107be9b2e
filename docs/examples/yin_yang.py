"""LIAF, LIF and GRU on Yin-Yang (Kriener et al. 2022, arXiv:2102.08211).

A point of the plane is in the yin, in the yang or in one of the dots.  A network sees its four
numbers x, y, 1 - x and 1 - y at each of ten time steps.  The authors print 98.7 ± 0.3 % for a
perceptron with one hidden layer of 120 units after 300 epochs, and 64.3 ± 0.2 % without it.

``python docs/examples/yin_yang.py --seeds 5 --epochs 60``
"""

import argparse

import numpy as np
from scipy import stats

import liaf_ref as lr

BIG, DOT = 0.5, 0.1  # radii
STEPS, HIDDEN = 10, 120
CELLS = {
    "LIAF": lambda: lr.DenseLIAF(4, HIDDEN, alpha=0.9, sharing="non"),
    "LIF": lambda: lr.DenseLIF(4, HIDDEN, alpha=0.9, sharing="non"),
    "GRU": lambda: lr.GRU(4, HIDDEN),
}


def classes(x, y):
    """0 in the yin, 1 in the yang, 2 in a dot."""
    right, left = np.hypot(x - 1.5 * BIG, y - BIG), np.hypot(x - 0.5 * BIG, y - BIG)
    is_yin = (
        (right <= DOT) | ((left > DOT) & (left <= 0.5 * BIG)) | ((y > BIG) & (right > 0.5 * BIG))
    )
    return np.where((right < DOT) | (left < DOT), 2, is_yin)


def points(rng, n):
    """Points of the disc, as many of each class, as sequences of constant input."""
    found = []
    for wanted in range(3):
        x, y = rng.random((2, 60 * n))
        inside = np.hypot(x - BIG, y - BIG) <= BIG
        chosen = np.flatnonzero(inside & (classes(x, y) == wanted))[: n // 3]
        found.append(np.stack([x, y, 1 - x, 1 - y], axis=-1)[chosen])
    X = np.concatenate(found)[:, None].repeat(STEPS, axis=1)
    return X.astype(np.float32), np.repeat(range(3), n // 3)


def accuracy(cell, seed, epochs, n):
    """Of a new network on new points."""
    rng = np.random.default_rng(seed)
    train, test = points(rng, n), points(rng, 3000)
    network = lr.Sequential([CELLS[cell](), lr.Dense(HIDDEN, 3)])
    result = lr.train(network, train, epochs=epochs, optimizer=lr.Adam(0.005), seed=seed)
    return 100 * lr.evaluate(network, result, test).accuracy


def main(argv=None):
    """Train each network with several seeds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--samples", type=int, default=3000)
    args = parser.parse_args(argv)
    for cell in CELLS:
        found = [accuracy(cell, seed, args.epochs, args.samples) for seed in range(args.seeds)]
        half = stats.t.ppf(0.975, len(found) - 1) * stats.sem(found)
        print(f"{cell:5} {np.mean(found):5.1f} ± {half:.1f} %")


if __name__ == "__main__":
    main()
