"""Find the conventions that reproduce recorded spikes without a potential."""

import itertools
from collections.abc import Iterator

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Candidate, Choice, refractory_choice
from liaf_ref.oracle.explain.neuron import Model, simulate
from liaf_ref.oracle.explain.trace import NeuronParameters, Trace

RESETS = (
    ("value", "same step"),
    ("subtract", "same step"),
    ("value", "after leak"),
    ("subtract", "after leak"),
    ("value", "after input"),
    ("crossing", "same step"),
    ("none", "same step"),
)
DELAYS = tuple(itertools.product((0, 1, 2, 3), (0, 1, 2, 3)))  # of the input, of the spikes
WAITS = [(0.0, "held")] + [(float(n), kind) for kind in ("held", "leaking") for n in range(1, 6)]
WAITS += [(n, "inside") for n in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)]
BATCH = 4096  # conventions that are simulated at once
ROUNDINGS = 16  # of a step in float32, relative to the threshold: see precision.py


def explain_spikes(trace: Trace, p: NeuronParameters) -> list[Candidate]:
    """All named conventions with these spikes, or else the one that departs the latest."""
    missing = [name for name in ("tau", "v_threshold", "dt") if getattr(p, name) is None]
    if missing:
        raise InputError(
            f"trace without a potential: expected the parameters tau, v_threshold and dt, "
            f"got no {missing[0]}; give it with --params or --{missing[0].replace('_', '-')}"
        )
    at = np.flatnonzero(trace.recorded_spikes)
    T = len(trace.input)
    # What follows a spike is of no effect before the first one; most conventions end there.
    first = int(at[0]) + 1 if len(at) else T
    lengths = [first, min(int(at[min(3, len(at) - 1)]) + 2, T), T] if len(at) else [T]
    quiet = [Candidate(m, names, 0, _NONE, _NONE) for m, names in _quiet(trace, p)]
    found, latest = _surviving(trace, quiet, first)
    if latest < first or not len(at):
        return _answer(found, latest, T)
    found = [Candidate(m, names, 0, _NONE, _NONE) for c in found for m, names in _resetting(p, c)]
    for length in lengths[1:]:
        found, latest = _surviving(trace, found, length)
        if latest < length:
            break
    return _answer(found, latest, T)


_NONE = np.zeros(0)


def _answer(found: list[Candidate], latest: int, T: int) -> list[Candidate]:
    found = sorted(found, key=lambda c: c.simplicity)
    return found if latest == T else found[:1]


def _surviving(trace: Trace, tried: list[Candidate], length: int) -> tuple[list[Candidate], int]:
    """Those with the recorded spikes of the first steps, or the latest to depart, and when."""
    x, spikes = trace.input[:length], trace.recorded_spikes[:length]
    found: list[Candidate] = []
    latest = -1
    for start in range(0, len(tried), BATCH):
        some = tried[start : start + BATCH]
        a = np.array([min(abs(c.model.a), 0.9999) for c in some])
        near = ROUNDINGS * 2.0**-24 / (1 - a)[:, None]
        _, fired = simulate([c.model for c in some], x, spikes, near=near)
        if some[0].model.reset == "none" and "reset" not in some[0].names:
            wrong = (fired > 0) != (spikes > 0)
        else:
            wrong = fired != spikes
        first = np.where(wrong.any(axis=1), wrong.argmax(axis=1), length)
        if first.max() > latest:
            found, latest = [], int(first.max())
        found += [
            some[n]._replace(departures=_whole(wrong[n], trace), fired=_whole(fired[n], trace))
            for n in np.flatnonzero(first == latest)
        ]
    return found, latest


def _whole(part: Array, trace: Trace) -> Array:
    """The first steps, and zeros for the others."""
    return np.concatenate([part, np.zeros(len(trace.input) - len(part), part.dtype)])


def _quiet(trace: Trace, p: NeuronParameters) -> Iterator[tuple[Model, dict[str, Choice]]]:
    """The product of the named choices that the first spike can show."""
    bounds = choices.least_potentials(p)
    below = bool((p.r * trace.input < 0).any())
    for (m, numbers), delays in itertools.product(_numbers(p), DELAYS):
        for name in bounds if below and _is_usual(numbers, delays) else bounds[:1]:
            for start, strict in itertools.product(choices.starts(p), (False, True)):
                model = m._replace(start=start.value, strict=strict, low=name.value,
                                   input_delay=delays[0], spike_delay=delays[1])  # fmt: skip
                names = {
                    "start": start,
                    "fires": Choice(">" if strict else ">=", "", strict),
                    "input_delay": Choice(str(delays[0]), "", delays[0]),
                    "spike_delay": Choice(str(delays[1]), "", delays[1]),
                }
                yield model, numbers | names | ({"bounds": name} if below else {})


def _is_usual(numbers: dict[str, Choice], delays: tuple[int, int]) -> bool:
    """Whether a lower bound is tried: all choices with each bound are too many."""
    usual = numbers["decay"].name in {"forward Euler", "exponential"}
    return usual and numbers["order"].name == "leak, then input" and max(delays) <= 1


def _numbers(p: NeuronParameters) -> Iterator[tuple[Model, dict[str, Choice]]]:
    """Named decays, gains, orders and leaks."""
    th = p.v_threshold
    for decay in choices.decays(p):
        for gain in choices.gains(p, decay.value):
            for order in choices.orders(gain.value, decay.value):
                for leak in choices.leaks(p, decay.value):
                    m = Model(a=decay.value, b=order.value, c=leak.value, threshold=th,
                              shown="before reset", reset="none")  # fmt: skip
                    yield m, {"decay": decay, "gain": gain, "order": order, "leak": leak,
                              "threshold": Choice("v_threshold", f"{th:.6g}", 0)}  # fmt: skip


def _resetting(p: NeuronParameters, quiet: Candidate) -> Iterator[tuple[Model, dict[str, Choice]]]:
    """The choices of the reset."""
    free = quiet.model.low == -np.inf
    for reset, timing in RESETS if free else RESETS[:2]:
        waits = WAITS[:1]
        if free and reset == "value" and timing == "same step":
            exact = quiet.names["decay"].name == "exponential"
            waits = [one for one in WAITS if exact or one[1] != "inside"]
        for amount in choices.amounts(p, reset):
            for steps, waiting in waits:
                several = reset == "subtract" or (reset == "value" and not steps)
                for most in (1.0, np.inf) if several else (1.0,):
                    model = quiet.model._replace(reset=reset, timing=timing, amount=amount.value,
                                                 refractory=steps, waiting=waiting,
                                                 most=most)  # fmt: skip
                    names = {
                        "several": choices.spikes_in_a_step(most),
                        "reset": amount,
                        "timing": Choice(timing, choices.TIMINGS[timing], 0),
                        "refractory": refractory_choice(model),
                    }
                    yield model, quiet.names | names
