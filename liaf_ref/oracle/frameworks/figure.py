"""The measured slopes of all surrogates in one picture."""

from collections.abc import Sequence

import numpy as np

from liaf_ref._core.palette import BLACK, BLUE, GREEN, LIGHT_BLUE, ORANGE, PURPLE, VERMILION
from liaf_ref._core.png import figure_to_png
from liaf_ref.oracle.frameworks.measurement import NeuronMeasurement

# A dash of its own for each: no curve depends on its color.
STYLES = (
    (VERMILION, "-"),
    (BLUE, "--"),
    (GREEN, "-."),
    (PURPLE, ":"),
    (ORANGE, (0, (7, 2, 1, 2, 1, 2))),
    (BLACK, (0, (1, 1))),
    (LIGHT_BLUE, (0, (9, 3))),
    (BLUE, "-"),
    (VERMILION, ":"),
    (GREEN, (0, (9, 3))),
    (PURPLE, "-."),
    (ORANGE, "--"),
)
MIN_VISIBLE_DIFFERENCE = 1e-3  # less cannot be seen in the picture


def draw_surrogates(rows: Sequence[NeuronMeasurement]) -> bytes:
    """Draw each distinct curve once, named after every neuron that has it."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    picture = Figure(figsize=(9, 6.2), layout="constrained")
    axes = picture.subplots()
    for number, group in enumerate(_group_equal_curves(rows)):
        color, dashes = STYLES[number % len(STYLES)]
        slope = rows[group[0]].surrogate
        axes.plot(slope.x, slope.y, color=color, ls=dashes, lw=2, label=_label(rows, group))
    axes.axvline(0, color="grey", lw=0.8)
    axes.set(
        xlabel=r"$U - V_{th}$",
        ylabel="gradient of the spike in U",
        title="Measured surrogate gradients (numbers refer to table rows)",
        ylim=(-0.03, None),
    )
    picture.legend(loc="outside lower center", fontsize=9, frameon=False)
    return figure_to_png(picture)


def _group_equal_curves(rows: Sequence[NeuronMeasurement]) -> list[list[int]]:
    groups: list[list[int]] = []
    at = np.linspace(-1.5, 1.5, 25)
    curves = [np.interp(at, row.surrogate.x, row.surrogate.y) for row in rows]
    for k, curve in enumerate(curves):
        alike = (
            group
            for group in groups
            if abs(curve - curves[group[0]]).max() < MIN_VISIBLE_DIFFERENCE
        )
        group = next(alike, None)
        if group is None:
            groups.append([k])
        else:
            group.append(k)
    return groups


def _label(rows: Sequence[NeuronMeasurement], group: Sequence[int]) -> str:
    owners: dict[str, list[str]] = {}
    for k in group:
        owners.setdefault(rows[k].framework, []).append(str(k + 1))
    named = "; ".join(f"{name} {', '.join(numbers)}" for name, numbers in owners.items())
    return f"{rows[group[0]].surrogate.family}: {named}"
