"""The two readings of an edge that only exact cases can tell apart from the paper's."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.reference import PAPER, Rules, run
from liaf_ref.oracle.reference.rules import Options, output, reset_spike


def _above(x: Array) -> Array:
    """1 where ``x > 0``: not Eq. (4), which fires at equality."""
    fired: Array = (x > 0).astype(x.dtype)
    return fired


@dataclass(frozen=True)
class Closed:
    """1 where ``|x| <= mu``: not Eq. (13), which leaves the edge out."""

    mu: float

    def __call__(self, x: Array) -> Array:
        inside: Array = (abs(x) <= self.mu).astype(x.dtype)
        return inside


def _strict(pair: Pair) -> Pair:
    return Pair(_above, pair.slope)


def _output_strict(options: Options) -> Pair:
    return _strict(output(options)) if options["act"] == "spike" else output(options)


def _reset_closed(options: Options) -> Pair:
    pair = reset_spike(options)
    return pair if options["reset"] == "detached" else Pair(pair.value, Closed(options["mu"]))


def _output_closed(options: Options) -> Pair:
    pair = output(options)
    return Pair(pair.value, Closed(options["mu"])) if options["act"] == "spike" else pair


FIRES_ABOVE = PAPER._replace(spike=lambda o: _strict(reset_spike(o)), act=_output_strict)
WINDOW_CLOSED = PAPER._replace(spike=_reset_closed, act=_output_closed)


def changes(case: Case, answer: Mapping[str, Array], rules: Rules) -> bool:
    """Whether other rules change something that a backend must return."""
    other = run(case, rules)
    return any(not np.array_equal(answer[name], other[name]) for name in required(case, answer))


def has_window(case: Case) -> bool:
    """Whether a window is part of the case: of a reset or of an output."""
    neurons = (node.options for node in case.nodes if node.op == "neuron")
    return any(o["reset"] == "paper" or o["act"] == "spike" for o in neurons)


def required(case: Case, answer: Mapping[str, Array]) -> frozenset[str]:
    """What a backend must return: the output or the loss, running statistics, what is derived."""
    last = case.nodes[-1].name
    outputs = {f"exp/{last}.{quantity}" for quantity in ("Y", "I", "loss")}
    kept = {f"exp/{n.name}.{q}" for n in case.nodes if n.op == "batch_norm" for q in "mv"}
    derived = {name for name in answer if name.startswith(("grad/", "step1/"))}
    return frozenset((outputs | kept | {"exp/curve"}) & answer.keys() | derived)
