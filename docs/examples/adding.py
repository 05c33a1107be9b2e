"""LIAF, LIF and GRU on the adding problem (Hochreiter and Schmidhuber 1997).

A sequence has a random number in [0, 1] and a mark at each step; two steps are marked.  The answer
is the sum of the two marked numbers: a real target.  Always answering 1 has the mean squared error
1/6 = 0.167.

``python docs/examples/adding.py --seeds 5 --epochs 60``
"""

import argparse

import numpy as np
from scipy import stats

import liaf_ref as lr

STEPS, HIDDEN = 30, 64
CELLS = {
    "LIAF": lambda: lr.DenseLIAF(2, HIDDEN, alpha=0.99, sharing="non"),
    "LIF": lambda: lr.DenseLIF(2, HIDDEN, alpha=0.99, sharing="non"),
    "GRU": lambda: lr.GRU(2, HIDDEN),
}


def sequences(rng, n):
    """Numbers and marks, and the sums."""
    numbers, marks = rng.random((n, STEPS)), np.zeros((n, STEPS))
    for half in (range(STEPS // 2), range(STEPS // 2, STEPS)):
        marks[np.arange(n), rng.choice(half, n)] = 1
    X = np.stack([numbers, marks], axis=-1).astype(np.float32)
    return X, (numbers * marks).sum(axis=1, keepdims=True)


def error(cell, seed, epochs, n):
    """The mean squared error of a new network on new sequences."""
    rng = np.random.default_rng(seed)
    train, test = sequences(rng, n), sequences(rng, 1000)
    network = lr.Sequential([CELLS[cell](), lr.Dense(HIDDEN, 1)])
    mse = lr.kernels.loss_mse
    result = lr.train(network, train, epochs=epochs, optimizer=lr.Adam(0.003), seed=seed, loss=mse)
    return lr.evaluate(network, result, test, loss=mse).loss


def main(argv=None):
    """Train each network with several seeds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--samples", type=int, default=3000)
    args = parser.parse_args(argv)
    for cell in CELLS:
        found = [error(cell, seed, args.epochs, args.samples) for seed in range(args.seeds)]
        half = stats.t.ppf(0.975, len(found) - 1) * stats.sem(found)
        print(f"{cell:5} {np.mean(found):.4f} ± {half:.4f}")


if __name__ == "__main__":
    main()
