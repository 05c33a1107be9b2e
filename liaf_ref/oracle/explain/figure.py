"""The recorded trace, the explanation, and the first departure in one picture."""

import numpy as np

from liaf_ref._core.palette import BLACK, BLUE, ORANGE, VERMILION
from liaf_ref._core.png import figure_to_png
from liaf_ref.oracle.explain.explanation import Explanation


def draw_explanation(found: Explanation) -> bytes:
    """Draw the input, and the recorded and the predicted potential with the spikes."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    trace, first = found._trace, found.first_departure
    steps = np.arange(len(trace.input))
    picture = Figure(figsize=(9, 5), layout="constrained")
    above, below = picture.subplots(2, 1, sharex=True, height_ratios=(1, 3))
    above.step(steps, trace.input, where="mid", color=BLACK, lw=1)
    above.set(ylabel="input")
    if trace.potential is not None and found._predicted is not None:
        below.plot(steps, trace.potential, color=BLUE, lw=3, alpha=0.5, label="recorded")
        below.plot(
            steps,
            found._predicted,
            color=VERMILION,
            lw=1,
            ls="--",
            label="predicted from the step before",
        )
        if np.isfinite(found.numbers["threshold"]):
            below.axhline(found.numbers["threshold"], color="grey", lw=0.8, ls=":")
        below.set(ylabel="potential")
    if trace.spikes is not None:
        at = np.flatnonzero(trace.spikes)
        height = trace.potential[at] if trace.potential is not None else np.ones(len(at))
        below.plot(at, height, "o", color=ORANGE, ms=5, label="recorded spike")
    if first is not None:
        below.axvline(first["step"], color=BLACK, lw=1, label=f"first departure: {first['step']}")
    below.set(xlabel="step")
    picture.legend(loc="outside upper center", ncols=4, fontsize=9, frameon=False)
    return figure_to_png(picture)
