"""Probes of the forward pass: output, equality, reset, order, first potential."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.compare.measure import OUT_OF_REACH, Basics, run, same
from liaf_ref.oracle.compare.subject import Subject


class Reset(NamedTuple):
    """What a spike leaves: ``slope U + intercept`` is carried to the next step.

    Parameters
    ----------
    kind : str
        ``hard``, ``soft``, ``none`` or ``other``.
    late : bool
        Whether it comes one step after the next.
    amount : float
        What the potential is set to (hard) or what is subtracted (soft); nan if the
        experiment cannot tell.
    order : str
        ``reset, leak``, ``leak, reset``, ``either`` where both give the same numbers, or
        ``undecided``.
    slope, intercept : float
        The line.
    shows : str
        Whether the framework shows the potential ``before`` or ``after`` the reset.
    """

    kind: str
    late: bool
    amount: float
    order: str
    slope: float
    intercept: float
    shows: str


def output(subject: Subject, basic: Basics) -> str:
    """Feed potentials from far below to far above the threshold, and look for other than 0, 1.

    Parameters
    ----------
    subject : Subject
        The neuron.
    basic : Basics
        Its basics.

    Returns
    -------
    str
        ``spikes`` or ``analog``.
    """
    U = subject.v_th + np.linspace(-1.0, 1.0, 32)
    return "spikes" if set(run(subject, basic.drive(U)).Y[:, 0]) <= {0.0, 1.0} else "analog"


def fires(subject: Subject, basic: Basics) -> str:
    """Feed one drive and set the threshold to exactly the potential it gave.

    The drive is run once with the threshold out of reach, and what is shown is U to the
    last bit: a threshold that is one float lower must fire, and one float higher must not.
    A spike is seen in the output, or, if that is analog, in what is carried.

    Parameters
    ----------
    subject : Subject
        The neuron.
    basic : Basics
        Its basics.

    Returns
    -------
    str
        ``>=``, ``>``, or ``undecided`` if the neighbouring thresholds do not bracket U.
    """
    drive = float(basic.drive(1.0))
    U = run(subject, drive, 0.0, v_th=OUT_OF_REACH).V[0, 0]
    unfired = basic.carry * U + basic.beta

    def fired(v_th: Any) -> bool:
        response = run(subject, drive, 0.0, v_th=float(v_th))
        if output(subject, basic) == "spikes":
            return bool(response.Y[0, 0] == 1)
        return not same(response.V[0, 1], unfired)

    below, above = np.nextafter(U, U.dtype.type(-9)), np.nextafter(U, U.dtype.type(9))
    if not fired(below) or fired(above):
        return "undecided"
    return ">=" if fired(U) else ">"


def reset(subject: Subject, basic: Basics) -> Reset:
    """Let it fire from two potentials and fit a line through what is there a step later.

    With slope 0 the past is cut off: a hard reset.  With the leak's slope something was
    subtracted: a soft one, or none.  If the next step shows nothing of a reset, the step
    after it is looked at; that finds a late one where the potential shown is U.

    Parameters
    ----------
    subject : Subject
        The neuron.
    basic : Basics
        Its basics.

    Returns
    -------
    Reset
        The finding with its numbers.
    """
    U = subject.v_th + np.array([0.125, 0.25])
    first, second, third = run(subject, basic.drive(U), 0.0, 0.0).V.T
    shows = "before" if all(map(same, first, U)) else "after"
    slope, intercept = _line(U, second)
    if not (same(slope, basic.carry) and same(intercept, basic.beta)):
        kind = _kind(slope, basic)
        seen = float(first[0]) if shows == "after" else None
        amount, order = _order(kind, basic, (slope, intercept), float(U[0]), seen, subject.v_th)
        return Reset(kind, False, amount, order, slope, intercept, shows)
    return _late(basic, U, third, shows) or Reset(
        "none", False, float("nan"), "either", slope, intercept, shows
    )


def start(subject: Subject, basic: Basics) -> float:
    """Feed nothing in the first step: what is there is what V^0 contributes."""
    return float(run(subject, 0.0, v_th=OUT_OF_REACH).V[0, 0])


def _line(x: Array, y: Array) -> tuple[float, float]:
    slope = float((y[1] - y[0]) / (x[1] - x[0]))
    return slope, float(y[0] - slope * x[0])


def _late(basic: Basics, U: Array, third: Array, shows: str) -> Reset | None:
    slope, intercept = _line(U, third)
    leaked = basic.carry**2 - basic.poles[0] * basic.poles[1]
    if same(slope, leaked) and same(intercept, basic.beta * (1 + basic.carry)):
        return None
    kind = "hard" if same(slope, 0.0) else "soft" if same(slope, leaked) else "other"
    return Reset(kind, True, float("nan"), "undecided", slope, intercept, shows)


def _kind(slope: float, basic: Basics) -> str:
    """A hard reset leaves the current, if there is one; a soft one leaves everything."""
    if same(slope, basic.carry):
        return "soft"
    current = basic.poles if basic.poles[1] else (0.0,)
    return "hard" if any(same(slope, pole) for pole in current) else "other"


def _order(
    kind: str,
    basic: Basics,
    line: tuple[float, float],
    U: float,
    seen: float | None,
    v_th: float,
) -> tuple[float, str]:
    """What the reset sets or subtracts, and whether that was leaked.

    Both orders are tried: each says what R must have been.  If R is not shown, a
    subtracted amount is taken to be the threshold, and a value that is set is known only
    where both orders agree on it.
    """
    current = line[0] if kind == "hard" else min(basic.poles, key=abs)
    alpha = basic.carry - current
    left = line[0] * U + line[1] - current * U
    inner = (left - basic.beta) / alpha  # R, if it was leaked
    outer = left if kind == "hard" else U - (alpha * U + basic.beta - left)
    candidates = {"reset, leak": inner, "leak, reset": outer}
    if seen is None and kind == "soft":
        seen = U - v_th
    if seen is None:
        seen = inner if same(inner, outer) else float("nan")
    fits = [order for order, R in candidates.items() if same(R, seen)]
    order = {0: "undecided", 1: "".join(fits[:1]), 2: "either"}[len(fits)]
    return (seen if kind == "hard" else U - seen), order
