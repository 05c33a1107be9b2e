"""Section II-C in numbers: its equivalences, and a trained network that is degraded."""

from collections.abc import Mapping
from typing import Any

from liaf_ref._core.palette import BLUE, VERMILION
from liaf_ref._core.png import figure_to_png
from liaf_ref.report.content import format_percent, markdown_table

IDENTITY_TITLES = {1: "(1) LIF", 2: "(2) perceptron, Conv2D", 3: "(3) RNN"}
OUTPUT = "Y"
MAX_COMPARABLE_ULPS = 1e6
COLORS = {"accuracy": BLUE, "loss": VERMILION}


def to_markdown(document: Mapping[str, Any]) -> str:
    """Format the results as Markdown tables."""
    return "\n\n".join(
        (_identities(document), _residual_effects(document), _degradation_table(document))
    )


def _identities(document: Mapping[str, Any]) -> str:
    head = "II-C", "LIAF", "baseline", "dtype", "output", "gradients", "reason"
    lines: list[tuple[str, ...]] = []
    for found in document["equivalences"]:
        gradients = {name: ulps for name, ulps in found["ulps"].items() if name != OUTPUT}
        same = ", ".join(
            f"d{name} {_format_ulps(ulps)}" for name, ulps in gradients.items() if ulps
        )
        equal = f"all {len(gradients)} equal"
        first = IDENTITY_TITLES[found["item"]], found["liaf"], found["baseline"], found["dtype"]
        lines.append(
            (*first, _format_ulps(found["ulps"][OUTPUT]), same or equal, found["explanation"])
        )
    return markdown_table(head, lines, str.ljust)


def _residual_effects(document: Mapping[str, Any]) -> str:
    left = document["remaining_effects"]
    return (
        f"With alpha = beta = 0, V^0 = 0.25 changes the outputs of {left['changed_steps']} of "
        f"{left['steps']} steps; the gradients in alpha and beta are up to {left['alpha']:.3g} and "
        f"{left['beta']:.3g}.\n\n"
        "Difference between the logits of the trained network with alpha = beta = 0 and without "
        f"neurons, in float64: {_format_ulps(document['stateless_error'])}."
    )


def _degradation_table(document: Mapping[str, Any]) -> str:
    head = "share %", "Act: test %", "loss", "memory: test %", "loss"
    pairs = zip(document["interpolation"], document["memory_scaling"], strict=True)
    lines = [
        (f"{100 * act['share']:.0f}", *_format_score(act), *_format_score(memory))
        for act, memory in pairs
    ]
    count, minimum = document["recordings"], format_percent(document["majority_accuracy"])
    note = f"{count} test recordings; always predicting the most frequent class gives {minimum} %."
    return f"{markdown_table(head, lines)}\n\n{note}"


def _format_score(point: Mapping[str, float]) -> tuple[str, str]:
    return format_percent(point["accuracy"]), f"{point['loss']:.4f}"


def _format_ulps(ulps: float) -> str:
    """Format a difference in ulps; a very large one is ``another value``."""
    if ulps > MAX_COMPARABLE_ULPS:
        return "another value"
    return f"{ulps:.3g} ulp" if ulps else "equal"


def plot_png(document: Mapping[str, Any]) -> bytes:
    """Plot accuracy and loss over both shares."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    picture = Figure(figsize=(7.4, 3.6), layout="constrained")
    labels = {
        "interpolation": "share of the spike in Act / %",
        "memory_scaling": "share of alpha and beta / %",
    }
    highest = max(point["loss"] for key in labels for point in document[key])
    majority = 100 * document["majority_accuracy"]
    for axes, (key, label) in zip(picture.subplots(1, 2), labels.items(), strict=True):
        points = document[key]
        shares = [100 * point["share"] for point in points]
        axes.plot(shares, [100 * p["accuracy"] for p in points], "o-", color=COLORS["accuracy"])
        axes.axhline(majority, color="grey", ls=":", label="most frequent class")
        axes.set(xlabel=label, ylim=(0, 105))
        axes.set_ylabel("test accuracy / %", color=COLORS["accuracy"])
        other = axes.twinx()
        other.plot(shares, [p["loss"] for p in points], "s--", ms=4, color=COLORS["loss"])
        other.set_ylabel("test loss / nat", color=COLORS["loss"])
        other.set_ylim(0, 1.1 * highest)
        axes.legend(fontsize=9, loc="center left")
    return figure_to_png(picture)
