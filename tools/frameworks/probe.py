"""A neuron to be measured: one callable, and what was set on it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node


class Response(NamedTuple):
    """What a neuron did with a drive."""

    Y: Array
    V: Array
    dI: Array
    dv_th: Array | None


class NeuronProbe(NamedTuple):
    """A neuron under one setting."""

    framework: str
    neuron: str
    settings: str
    run: Callable[[Array, float], Response]
    v_th: float
    trainable_threshold: str


Backend = Callable[[Case], Mapping[str, Array]]
# No two of them alike, so that every order of reset and leak has numbers of its own.
PARAMETERS = {"v_th": 1.0, "v_reset": -0.25, "alpha": 0.5, "beta": 0.125}
SETTINGS = "v_th=1, v_reset=-1/4, alpha=1/2, beta=1/8, mu=1/2"


def backend_probe(framework: str, neuron: str, backend: Backend, act: str) -> NeuronProbe:
    """Make a subject of a backend."""

    def run(I: Array, v_th: float) -> Response:
        answers = [backend(_case(act, I, v_th, t)) for t in range(I.shape[1])]
        shown = next((n for n in ("exp/n.R", "exp/n.U") if n in answers[0]), None)
        if shown is None:
            raise InputError(f"answer of {framework}: expected exp/n.R or exp/n.U, got neither")
        return Response(
            np.asarray(answers[0]["exp/n.Y"])[..., 0],
            np.asarray(answers[0][shown])[..., 0],
            np.stack([np.asarray(answer["grad/in/X"])[..., 0] for answer in answers]),
            np.array([float(answer["grad/par/n.v_th"][0]) for answer in answers]),
        )

    return NeuronProbe(framework, neuron, SETTINGS, run, PARAMETERS["v_th"], "yes")


def _case(act: str, I: Array, v_th: float, t: int) -> Case:
    options = {"act": act, "mode": "TR", "sharing": "all", "mu": 0.5, "reset": "paper"}
    above = np.zeros_like(I)
    above[:, t] = 1
    arrays = {
        f"par/n.{name}": np.array([value]) for name, value in (PARAMETERS | {"v_th": v_th}).items()
    }
    arrays |= {"in/X": I[..., None], "up/n.Y": above[..., None], "in/n.V0": np.zeros((len(I), 1))}
    node = Node("n", "neuron", ("in/X",), options)
    return Case("compare", "L0", (node,), arrays).astype(np.float32)
