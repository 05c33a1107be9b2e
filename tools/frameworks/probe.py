"""A neuron to be measured: one callable, and what was set on it; those that need no framework.

They are the kernels, the backends of the package, and nengo, which has no gradients.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from importlib import import_module
from math import inf, log
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import run
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


class Named(NamedTuple):
    """A setting whose value does not say what it is."""

    value: Any
    text: str


class Neuron(NamedTuple):
    """A framework's neuron under one setting, as a row of its table."""

    kind: Any  # the class
    settings: Mapping[str, Any] = MappingProxyType({})
    note: str = ""  # what is said of it before the settings
    name: str = ""  # where it is not that of the class

    def maker(self, make: Callable[..., Any]) -> Callable[..., Any]:
        """Make a fresh one with each call; ``make`` has the class first, and then settings."""
        given = {
            key: value.value if isinstance(value, Named) else value
            for key, value in self.settings.items()
        }
        return lambda **more: make(self.kind, **(given | more))

    def probe(
        self, framework: str, run: Callable[[Array, float], Response], v_th: float, trainable: str
    ) -> NeuronProbe:
        """Give what is measured its name and its settings."""
        said = [f"{key}={_describe(value)}" for key, value in self.settings.items()]
        settings = ", ".join(([self.note] if self.note else []) + said)
        name = self.name or self.kind.__name__
        return NeuronProbe(framework, name, settings, run, v_th, trainable)


def _describe(value: Any) -> str:
    if isinstance(value, Named):
        return value.text
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value)
    if hasattr(value, "__name__"):
        return str(value.__name__)
    if hasattr(value, "__float__"):  # a number or a tensor of one
        logarithms = {1 / log(2): "1/ln 2", 1 / log(4): "1/ln 4"}
        return logarithms.get(float(value)) or str(Fraction(float(value)))
    return f"{type(value).__name__}()"


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


def liaf_ref() -> list[NeuronProbe]:
    """LIF and LIAF of the reference."""
    return [
        backend_probe("liaf_ref", "LIF", run, "spike"),
        backend_probe("liaf_ref", "LIAF", run, "identity"),
    ]


def adapter(name: str) -> list[NeuronProbe]:
    """LIF of the package's backend in a framework that has no neurons."""
    module = import_module(f"liaf_ref.oracle.adapters.{name}_backend")
    return [backend_probe(name, "LIF by adapter", module.backend, "spike")]


def nengo() -> list[NeuronProbe]:
    """``LIF`` with its defaults, and with the paper's potentials; without gradients."""
    import nengo  # noqa: PLC0415

    def probe(settings: str, neuron: Any, dt: float) -> NeuronProbe:
        def run(I: Array, v_th: float) -> Response:
            spikes, V, refractory_time = (np.zeros(len(I)) for _ in range(3))
            steps = []
            for x in I.T:  # another threshold is another scale of the potentials
                neuron.step(dt, x / v_th, spikes, voltage=V, refractory_time=refractory_time)
                steps.append((dt * spikes, v_th * V))
            Y, potentials = (np.stack(part, axis=1) for part in zip(*steps, strict=True))
            return Response(Y, potentials, np.zeros((I.shape[1], *I.shape)), None)

        return NeuronProbe("nengo", type(neuron).__name__, settings, run, 1.0, "no")

    plain = nengo.LIF(tau_rc=1 / log(2), tau_ref=0, min_voltage=-inf)
    one_step = "tau_ref=0, min_voltage=-inf, dt=1"
    return [probe("", nengo.LIF(), 0.001), probe(f"tau_rc=1/ln 2, {one_step}", plain, 1.0)]
