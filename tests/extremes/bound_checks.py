"""One layer at one extreme: what it gives, against the independent implementation.

Where functions round, against fifty digits, within the derived bound of docs/verify/tolerances.md;
where nothing rounds, against fractions, bit for bit.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
from oracle.case_builder import FINE_STEP, CaseBuilder, UniformGrid
from oracle.case_builder import layer_case as as_case
from oracle.digits import run_in_digits

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Layer
from liaf_ref.oracle import table
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.error_bounds import spike_safe, tolerances

Arrays = dict[str, Array]
FORMATS = ("float64", "float32")
RANGES: Mapping[str, tuple[float, float]] = {
    "X": (-1.0, 1.5),
    "W": (-1.0, 1.0),
    "U": (-0.75, 0.75),
    "b": (-0.25, 0.5),
    "gamma": (0.5, 1.5),
    "state": (-0.5, 0.5),
    "up": (-1.0, 1.0),
}


class Sample:
    """A layer with numbers that float32 has exactly.

    Parameters
    ----------
    layer : Layer
        Whose neurons' parameters are those it was made with.
    B, T, seed : int
        Batch, steps, and where the draws come from.
    step : float
        Of the grid on which they lie.
    """

    def __init__(
        self, layer: Layer, B: int = 2, T: int = 4, seed: int = 0, step: float = FINE_STEP
    ):
        self.layer, self.step = layer, step
        self.rng = np.random.default_rng(seed)
        self.X = self.draw("X", (B, T, *layer.in_shape))
        own = layer.init(self.rng, np.float64)
        self.params = {
            name: self.draw(quantity, value.shape) if quantity in RANGES else value
            for name, value in own.items()
            for quantity in (name.rpartition(".")[2],)
        }
        self.state = tuple(self.draw("state", z.shape) for z in layer.initial_state(B, np.float64))

    def draw(self, quantity: str, shape: tuple[int, ...]) -> Array:
        low, high = RANGES[quantity]
        return UniformGrid(low, high, self.step).sample(self.rng, shape)

    def case(self, dY: Array, d_state: tuple[Array, ...]) -> tuple[CaseBuilder, Case]:
        """The same for the independent implementation."""
        found = as_case(self.layer, self.params, self.X, self.state)
        found.arrays[f"up/{found.nodes[-1].name}.Y"] = dY
        for name, d in zip(found.states, d_state, strict=True):
            found.arrays[f"up/{name}T"] = d
        return found, found.case("L2")


def check(sample: Sample) -> None:
    """Hold a layer, in both formats, to fifty digits; no decision may hang on rounding."""
    found, case, answers = _run(sample)
    truth = run_in_digits(case)
    for dtype, answer in answers.items():
        assert spike_safe(case, dtype)
        allowed = tolerances(case, dtype)
        for name, got in answer.items():
            bound, expected = (_entry_of(name, found, table) for table in (allowed, truth))
            assert np.isfinite(bound).all(), (dtype, name)
            off = abs(_numbers(got, mpmath.mpf) - expected)
            assert got.shape == expected.shape, name
            assert (off <= bound).all(), (dtype, name, off.max())


def check_bits(sample: Sample) -> None:
    """Hold a layer that rounds nothing to fractions, in both formats, every bit."""
    found, case, answers = _run(sample)
    truth = table.run(case, table.FRACTION)
    for dtype, answer in answers.items():
        for name, got in answer.items():
            expected = _entry_of(name, found, truth)
            assert got.shape == expected.shape, name
            assert (_numbers(got, Fraction) == expected).all(), (dtype, name)


def _run(sample: Sample) -> tuple[CaseBuilder, Case, dict[str, Arrays]]:
    """The case, and what the layer answers in each format, through its doors."""
    layer, state = sample.layer, sample.state
    Y, last, _ = layer.forward(sample.params, sample.X, state)
    dY, d_last = sample.draw("up", Y.shape), tuple(sample.draw("up", z.shape) for z in last)
    found, case = sample.case(dY, d_last)
    answers = {}
    for dtype in FORMATS:
        params = {name: value.astype(dtype) for name, value in sample.params.items()}
        start, up = (tuple(z.astype(dtype) for z in many) for many in (state, d_last))
        Y, last, tape = layer.forward(params, sample.X.astype(dtype), start)
        dX, first, grads = layer.backward(dY.astype(dtype), tape, up)
        named = {found.last: Y, "grad/in/X": dX}
        named |= {f"exp/{name}": z for name, z in zip(found.states, last, strict=True)}
        named |= {f"grad/in/{name}0": d for name, d in zip(found.states, first, strict=True)}
        answers[dtype] = named | {f"grad/{found.params[name]}": g for name, g in grads.items()}
        assert {a.dtype for a in answers[dtype].values()} == {np.dtype(dtype)}
    return found, case, answers


def _entry_of(name: str, found: CaseBuilder, table: Mapping[str, Array]) -> Array:
    """An entry of an answer: of states the last step, of a TimeMean its one step."""
    entry = table[name]
    if name.removeprefix("exp/") in found.states:
        return np.asarray(entry[:, -1])
    return entry[:, None] if found.nodes[-1].op == "mean" and name == found.last else entry


def _numbers(a: Array, kind: Callable[[float], Any]) -> Array:
    return np.asarray(np.frompyfunc(lambda x: kind(float(x)), 1, 1)(a), object)
