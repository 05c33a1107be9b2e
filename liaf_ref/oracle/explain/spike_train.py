"""Find the conventions that reproduce recorded spikes without a potential."""

import itertools
from collections.abc import Iterator

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.candidate import Candidate
from liaf_ref.oracle.explain.choices import Choice
from liaf_ref.oracle.explain.neuron import Model, simulate
from liaf_ref.oracle.explain.parameters import NeuronParameters
from liaf_ref.oracle.explain.trace import Trace

RESETS = (
    ("value", "same step"),
    ("subtract", "same step"),
    ("value", "after leak"),
    ("subtract", "after leak"),
    ("value", "after input"),
    ("crossing", "same step"),
    ("none", "same step"),
)
DELAYS = (0, 1, 2)
REFRACTORY = (0, 1, 2, 3)
BATCH = 4096  # conventions that are simulated at once
NEAR = 1e-6  # distance from the threshold at which rounding decides, relative to it


def explain_spikes(trace: Trace, p: NeuronParameters) -> list[Candidate]:
    """All named conventions with these spikes, or else the one that departs the latest."""
    missing = [name for name in ("tau", "v_threshold", "dt") if getattr(p, name) is None]
    if missing:
        raise InputError(
            f"trace without a potential: expected the parameters tau, v_threshold and dt, "
            f"got no {missing[0]}; give it with --params or --{missing[0].replace('_', '-')}"
        )
    spikes = trace.recorded_spikes
    found: list[Candidate] = []
    latest = -1
    conventions = _conventions(p)
    while some := list(itertools.islice(conventions, BATCH)):
        _, fired = simulate([model for model, _ in some], trace.input, spikes, near=NEAR)
        wrong = fired != spikes
        first = np.where(wrong.any(axis=1), wrong.argmax(axis=1), len(spikes))
        if first.max() > latest:
            found, latest = [], int(first.max())
        found += [
            Candidate(*some[n], 0, wrong[n], fired[n]) for n in np.flatnonzero(first == latest)
        ]
    found = sorted(found, key=lambda c: c.simplicity)
    return found if latest == len(spikes) else found[:1]


def _conventions(p: NeuronParameters) -> Iterator[tuple[Model, dict[str, Choice]]]:
    """The product of the named choices that spikes can show."""
    th = p.v_threshold
    for decay in choices.decays(p):
        for gain in choices.gains(p, decay.value):
            for order in choices.orders(gain.value, decay.value):
                for leak in choices.leaks(p, decay.value):
                    for start in choices.starts(p):
                        m = Model(a=decay.value, b=order.value, c=leak.value, threshold=th,
                                  start=start.value, shown="before reset")  # fmt: skip
                        names = {"decay": decay, "gain": gain, "order": order, "leak": leak,
                                 "start": start}  # fmt: skip
                        yield from _with_reset(p, m, names)


def _with_reset(
    p: NeuronParameters, m: Model, names: dict[str, Choice]
) -> Iterator[tuple[Model, dict[str, Choice]]]:
    for reset, timing in RESETS:
        for amount in choices.amounts(p, reset):
            for refractory in REFRACTORY if reset == "value" and timing == "same step" else (0,):
                for delay in DELAYS:
                    for strict in (False, True):
                        for several in (False, True) if reset == "subtract" else (False,):
                            model = m._replace(reset=reset, timing=timing, amount=amount.value,
                                               refractory=refractory, input_delay=delay,
                                               strict=strict, several=several)  # fmt: skip
                            yield (
                                model,
                                names
                                | {
                                    "threshold": Choice("v_threshold", f"{m.threshold:.6g}", 0),
                                    "fires": Choice(">" if strict else ">=", "", strict),
                                    "several": Choice("several" if several else "one", "", several),
                                    "reset": amount,
                                    "timing": Choice(timing, choices.TIMINGS[timing], 0),
                                    "input_delay": Choice(
                                        str(delay), "steps, or of the spike", delay
                                    ),
                                    "refractory": Choice(str(refractory), "", refractory),
                                },
                            )
