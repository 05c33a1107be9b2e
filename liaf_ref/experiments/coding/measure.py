"""Section VII-C: a trained network of LIAF whose layers send spikes, over k sub-intervals."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.coding import Channel, Code, FirstSpike, Lines, Offset, Rate, Signed, logarithmic
from liaf_ref.experiments.coding.passing import Passed, run, seen
from liaf_ref.experiments.coding.places import PLACES
from liaf_ref.experiments.trained import Trained
from liaf_ref.kernels.array import Array

K = (1, 2, 4, 8, 16, 32)
CODES: tuple[Code, ...] = (Rate(), FirstSpike(), FirstSpike("first spike, log", logarithmic))
RANGES: dict[str, Callable[[Array, float], Lines]] = {"sign": Signed.of, "offset": Offset.of}
PERCENTILE = 99.9
SEEN = 100  # recordings of the training part that ranges are taken from
AT_ONCE = 10  # recordings; the spikes of all sub-intervals are held at once


class Way(NamedTuple):
    """Where values are sent, and how their range is laid on lines."""

    place: str
    lines: str


WAYS = (Way("axon", "sign"), Way("axon", "offset"), Way("dendrite", "sign"))


def measure(trained: Mapping[str, Trained], say: Callable[[str], None]) -> dict[str, Any]:
    """Send a network's analog values as spikes, by every code, at every k.

    Parameters
    ----------
    trained : mapping of str to Trained
        ``liaf`` and ``lif``; only the former's values are sent.
    say : callable
        Told what is being done.

    Returns
    -------
    dict
        ``analog`` and ``lif``, as trained, and ``coded``, a row for each place, lines, code
        and k: accuracy on the test recordings, share of them with the analog network's
        answer, spikes for each value, operations of one recording.
    """
    liaf, lif = trained["liaf"], trained["lif"]
    analog, answers = _scored(liaf, {})
    spiking, _ = _scored(lif, {})
    coded = []
    for way in WAYS:
        say(f"ranges of the training recordings: {way.place}, {way.lines}")
        lines = ranges(liaf, way)
        for code, k in product(CODES, K):
            say(f"{way.place}, {way.lines}, {code.name}, k = {k}")
            channels = {stage: Channel(code, each, k) for stage, each in lines.items()}
            row, given = _scored(liaf, channels)
            same = float((given == answers).mean())
            named = {**way._asdict(), "code": code.name, "k": k, "same_answer": same}
            coded.append(named | row)
    return {
        "analog": analog,
        "lif": spiking,
        "coded": coded,
        "percentile": PERCENTILE,
        "recordings": len(liaf.test),
    }


def ranges(liaf: Trained, way: Way) -> dict[int, Lines]:
    """Take the range of each layer from values on training recordings.

    Parameters
    ----------
    liaf : Trained
        A network.
    way : Way
        Where, and on which lines.

    Returns
    -------
    dict of int to Lines
        By number of the receiving stage.

    Raises
    ------
    InputError
        If the values of a layer are all alike.
    """
    chain = liaf.network.chain
    stages = PLACES[way.place](chain)
    spread = np.linspace(0, len(liaf.train) - 1, min(SEEN, len(liaf.train))).astype(np.int64)
    few = liaf.batches(liaf.train.only(spread), AT_ONCE)
    parts = [seen(chain, liaf.arrays, frames, stages) for frames, _ in few]
    return {
        stage: RANGES[way.lines](np.concatenate([part[stage] for part in parts]), PERCENTILE)
        for stage in stages
    }


def _scored(one: Trained, channels: Mapping[int, Channel]) -> tuple[dict[str, Any], Array]:
    """A row of results, and the answers."""
    passed: list[Passed] = []
    labels: list[Array] = []
    for frames, truth in one.batches(one.test, AT_ONCE):
        passed.append(run(one.network.chain, one.arrays, frames, channels))
        labels.append(truth)
    answers = np.concatenate([each.logits.argmax(axis=-1) for each in passed])
    values, spikes, muls, adds = (sum(each[n] for each in passed) for n in (1, 2, 3, 4))
    count = len(one.test)
    return {
        "accuracy": float((answers == np.concatenate(labels)).mean()),
        "values": values // count,
        "spikes_per_value": spikes / values if values else 0.0,
        "muls": muls // count,
        "adds": adds // count,
    }, answers
