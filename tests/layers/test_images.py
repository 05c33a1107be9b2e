"""Layers on images: the form that runs and the definition, and their options."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from liaf_ref import layers
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import Conv2D, Layer
from liaf_ref.oracle import GradcheckTarget, layer_target
from liaf_ref.oracle.gradcheck import check_away_from_kinks
from liaf_ref.oracle.gradcheck.modes import MODES

MAKERS: dict[str, Callable[[Any], Layer]] = {
    "every other window": lambda spike: Conv2D((4, 3, 2), 3, (3, 2), (2, 1), ((0, 1), (1, 0))),
    "no bias": lambda spike: Conv2D((4, 3, 2), 3, bias=False),
    "norm of L": lambda spike: layers.LayerNorm((4, 3, 2), 1),
    "max": lambda spike: layers.MaxPool((4, 3, 2), (2, 3), (1, 1)),
    "LIAF": lambda spike: layers.ConvLIAF(
        (4, 3, 2), 2, stride=(2, 1), act="tanh", sharing="non", spike=spike
    ),
    "LIF": lambda spike: layers.ConvLIF((4, 3, 2), 2, bias=False, sharing="all", spike=spike),
    "ConvLSTM": lambda spike: layers.ConvLSTM((4, 3, 2), 2, kernel=(3, 1), stride=(2, 2)),
    "PoolingLIAF": lambda spike: layers.PoolingLIAF(
        (4, 3, 2), (3, 2), stride=(1, 1), act="selu", mode="NTR", spike=spike
    ),
    "batch norm": lambda spike: layers.BatchNorm((4, 3, 2), eps=0.1),
    "batch norm of each step": lambda spike: layers.BatchNorm((4, 3, 2), "per_step"),
    "batch norm of rows": lambda spike: layers.BatchNorm((4,)),
    "act": lambda spike: layers.Activation((4, 3, 2), "selu"),
    "drop": lambda spike: layers.Dropout((4,)),
    "current before LIF": lambda spike: layers.Sequential(
        [
            Conv2D((4, 3, 2), 3),
            layers.SynapticCurrent((4, 3, 3), sharing="non"),
            layers.DirectLIF((4, 3, 3), spike=spike),
        ]
    ),
    "sum": lambda spike: layers.TimeMean((4, 3, 2)),
    "flat": lambda spike: layers.Flatten((4, 3, 2)),
}


@pytest.mark.parametrize(
    ("make", "mode"),
    [
        pytest.param(make, mode, id=f"{name}-{mode}")
        for name, make in MAKERS.items()
        for mode in (MODES if "LI" in name else ["complex"])  # others have no spike
    ],
)
def test_gradients_of_every_option(make: Callable[[Any], Layer], mode: str) -> None:
    def subject(rng: np.random.Generator) -> GradcheckTarget:
        return layer_target(make, rng, 2, 3)

    report, _ = check_away_from_kinks(subject, mode, 0.5, 0)
    report.assert_passed()


def test_options_reach_the_part_they_are_for() -> None:
    spike, wide = paper(0.5), paper(0.9)
    analog = layers.ConvLIAF((4, 3, 2), 3, act="tanh", mode="NTR", v_th=0.7, spike=wide)
    binary = layers.ConvLIF((4, 3, 2), 3, spike=spike, output=wide, alpha=0.6)
    pooled = layers.PoolingLIAF((4, 3, 2), act="relu", mode="NTR", sharing="all")
    assert analog.dynamics == layers.DirectLIAF(
        (4, 3, 3), act="tanh", mode="NTR", v_th=0.7, spike=wide
    )
    assert binary.dynamics == layers.DirectLIF((4, 3, 3), spike=spike, output=wide, alpha=0.6)
    assert pooled.dynamics == layers.DirectLIAF((2, 1, 2), act="relu", mode="NTR", sharing="all")
    recurrent = layers.ConvLSTM((4, 3, 2), 3, kernel=(3, 1), stride=(2, 1), bias=False)
    assert recurrent.dynamics == layers.ConvLSTMCell(3, (2, 3), (3, 1))
    assert recurrent.synapse == Conv2D((4, 3, 2), 12, (3, 1), (2, 1), bias=False)
