"""LIAF, LIF and GRU locate a sound by the phase between two ears.

After the tutorial of COMOB (https://github.com/comob-project/snn-sound-localization): each ear has
100 fibres with delays of up to a quarter of a period, which send Poisson spikes at up to 600 Hz.
The sound in one ear is ahead by -90 to 90 degrees; the answer is one of twelve classes of 15
degrees.  Guessing is right in 8.3 %; the tutorial prints 54.8 % of 30 LIF neurons, 10 epochs.

``python docs/examples/localisation.py --seeds 5 --epochs 10``
"""

import argparse

import numpy as np
from scipy import stats

import liaf_ref as lr

STEPS, FIBRES, HIDDEN, CLASSES = 100, 100, 30, 12
PERIOD, MOST = 50, 0.6  # steps of 1 ms; spikes of a fibre in a step
CELLS = {
    "LIAF": lambda: lr.DenseLIAF(2 * FIBRES, HIDDEN, alpha=0.9, sharing="non"),
    "LIF": lambda: lr.DenseLIF(2 * FIBRES, HIDDEN, alpha=0.9, sharing="non"),
    "GRU": lambda: lr.GRU(2 * FIBRES, HIDDEN),
}


def sounds(rng, n):
    """Spikes of both ears, and the class of the phase between them."""
    phase = np.pi * rng.random(n)  # from -90 degrees
    start = 2 * np.pi * rng.random(n)
    delays = np.linspace(0, np.pi / 2, FIBRES)
    ears = np.stack([start, start + phase - np.pi / 2], axis=-1)
    X = np.empty((n, STEPS, 2 * FIBRES), np.float32)
    for step in range(STEPS):
        angle = ears + 2 * np.pi * step / PERIOD
        rate = MOST * (0.5 + 0.5 * np.sin(angle[:, :, None] + delays)) ** 2
        X[:, step] = (rng.random(rate.shape) < rate).reshape(n, -1)
    return X, (phase * CLASSES / np.pi).astype(int)


def accuracy(cell, seed, epochs, n):
    """Of a new network on new sounds."""
    rng = np.random.default_rng(seed)
    train, test = sounds(rng, n), sounds(rng, min(n, 1000))
    network = lr.Sequential([CELLS[cell](), lr.Dense(HIDDEN, CLASSES), lr.TimeMean((CLASSES,))])
    result = lr.train(network, train, epochs=epochs, optimizer=lr.Adam(0.005), seed=seed)
    return 100 * lr.evaluate(network, result, test).accuracy


def main(argv=None):
    """Train each network with several seeds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--samples", type=int, default=3000)
    args = parser.parse_args(argv)
    for cell in CELLS:
        found = [accuracy(cell, seed, args.epochs, args.samples) for seed in range(args.seeds)]
        half = stats.t.ppf(0.975, len(found) - 1) * stats.sem(found)
        print(f"{cell:5} {np.mean(found):5.1f} ± {half:.1f} %")


if __name__ == "__main__":
    main()
