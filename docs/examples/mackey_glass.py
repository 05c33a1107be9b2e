"""LIAF, LIF and GRU predict the series of Mackey and Glass (1977), chaotic at a delay of 17.

    dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x(t)

A network sees 50 values, one for each unit of time; the answer is the value 84 units later.  The
error is the symmetric mean absolute percentage error, sMAPE; that of always answering the mean is
about 22.

``python docs/examples/mackey_glass.py --seeds 5 --epochs 60``
"""

import argparse

import numpy as np
from scipy import stats

import liaf_ref as lr

DELAY, STEPS, AHEAD, HIDDEN = 17, 50, 84, 64
GRID = 10  # integration steps in a unit of time
CELLS = {
    "LIAF": lambda: lr.DenseLIAF(1, HIDDEN, alpha=0.9, sharing="non"),
    "LIF": lambda: lr.DenseLIF(1, HIDDEN, alpha=0.9, sharing="non"),
    "GRU": lambda: lr.GRU(1, HIDDEN),
}


def series(start, n):
    """The values at n units of time, by Heun's method, after 300 units."""
    past, last = DELAY * GRID, DELAY * GRID + (300 + n) * GRID
    x = np.full(last + 1, start)
    for k in range(past, last):
        early, late = x[k - past], x[k - past + 1]
        slope = 0.2 * early / (1 + early**10) - 0.1 * x[k]
        end = 0.2 * late / (1 + late**10) - 0.1 * (x[k] + slope / GRID)
        x[k + 1] = x[k] + (slope + end) / (2 * GRID)
    return x[past + 300 * GRID :: GRID][:n]


def windows(x):
    """All stretches of the series, around 0, and what follows each."""
    X = np.lib.stride_tricks.sliding_window_view(x[:-AHEAD], STEPS)[:, :, None] - 0.9
    return X.astype(np.float32), x[STEPS + AHEAD - 1 :, None] - 0.9


def error(cell, seed, epochs, n):
    """The sMAPE of a new network on what comes later in the series."""
    x = series(np.random.default_rng(seed).uniform(0.6, 1.2), n + 1000 + 2 * (STEPS + AHEAD))
    train, (X, targets) = windows(x[: -1000 - STEPS - AHEAD]), windows(x[-1000 - STEPS - AHEAD :])
    network, mse = lr.Sequential([CELLS[cell](), lr.Dense(HIDDEN, 1)]), lr.kernels.loss_mse
    result = lr.train(network, train, epochs=epochs, optimizer=lr.Adam(0.003), seed=seed, loss=mse)
    found, true = lr.predict(network, result, X) + 0.9, targets + 0.9
    return 200 * np.mean(np.abs(found - true) / (np.abs(found) + np.abs(true)))


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
        print(f"{cell:5} {np.mean(found):5.1f} ± {half:.1f} %")


if __name__ == "__main__":
    main()
