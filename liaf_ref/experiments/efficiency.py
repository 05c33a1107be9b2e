"""Tables I, II, VII and IX in one view, and what a trained network's zeros could save."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from liaf_ref import cost
from liaf_ref.cost import Count, Observed
from liaf_ref.experiments import vision
from liaf_ref.experiments.trained import Trained
from liaf_ref.layers.forms import forms_for
from liaf_ref.networks.catalogue import NETWORKS, network

TABLES = {"VII": "cifar10-dvs-", "IX": "gesture-"}
RECORDINGS = 100  # of the test part, on which zeros are counted


def measure(trained: Mapping[str, Trained], say: Callable[[str], None]) -> dict[str, Any]:
    """Count networks exactly, and on recordings what is left where zeros cost nothing.

    Parameters
    ----------
    trained : mapping of str to Trained
        Networks by cell.
    say : callable
        Told what is being done.

    Returns
    -------
    dict
        ``exact`` (whole networks of Tables VII and IX), ``here`` (networks of all cells at
        the scale of those trained) and ``trained``: accuracy, counts in full and what is
        left, and the same stage by stage.
    """
    say("counting the paper's networks")
    exact = {
        table: {
            name.removeprefix(stem): vars(_whole(name))
            for name in NETWORKS
            if name.startswith(stem)
        }
        for table, stem in TABLES.items()
    }
    found = []
    for cell, one in trained.items():
        say(f"looking for zeros: {cell}")
        found.append(_observed(cell, one))
    first = next(iter(trained.values()))
    return {"exact": exact, "here": _here(first), "trained": found}


def _whole(name: str) -> Count:
    known = network(name)
    return cost.total(row.exact for row in known.op_counts(known.steps))


def _here(one: Trained) -> dict[str, Any]:
    """Counts of every cell's network at a scale."""
    name, scale = one.config.experiment, one.config.scale
    cells = vision.experiment(name).cells
    networks = {cell: vision.Config.usual(name, cell, scale).network() for cell in cells}
    return {
        cell: vars(cost.total(row.exact for row in cost.walk(net.chain, net.steps)))
        for cell, net in networks.items()
    }


def _observed(cell: str, one: Trained) -> dict[str, Any]:
    spread = np.linspace(0, len(one.test) - 1, min(RECORDINGS, len(one.test)))
    frames = one.test.take(spread.astype(np.int64)).inputs[0]
    stages = cost.observe(one.network.chain, one.arrays, frames, forms_for(frames.dtype))
    return {
        "cell": cell,
        "accuracy": one.accuracy(),
        "full": vars(cost.total(row.full for row in stages)),
        "left": vars(cost.total(row.left for row in stages)),
        "stages": [_plain(row) for row in stages],
    }


def _plain(row: Observed) -> dict[str, Any]:
    return row._asdict() | {"full": vars(row.full), "left": vars(row.left)}
