"""The picture of the landing page: one membrane potential, and what LIF and LIAF send of it.

``python tools/documentation/landing_figure.py`` writes docs/_static/liaf-and-lif-light.svg and
-dark.svg.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from liaf_ref._core.palette import CELL_COLORS, VARIABLE_COLORS
from liaf_ref.kernels import activation, neuron, spike

STATIC = Path(__file__).resolve().parents[2] / "docs" / "_static"
SCHEMES = {"light": "#24292f", "dark": "#e6edf3"}  # color of text
T = 24


def run_neuron() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Membrane potential, spikes and analog output of one neuron on a smooth input."""
    t = np.arange(T)
    I = (0.26 + 0.24 * np.sin(t / 2.7)).reshape(1, T, 1)
    p = neuron.Params(*(np.array([x]) for x in (1.0, 0.0, 0.8, 0.0)))
    arguments = p, spike.paper(0.5), activation.relu, neuron.NTR
    Y, _, tape = neuron.forward(I, np.zeros((1, 1)), *arguments)
    return tape.U.ravel(), tape.F.ravel(), Y.ravel()


def draw(text: str) -> Figure:
    """Draw the membrane on top, both outputs below it."""
    U, F, Y = run_neuron()
    t = np.arange(T)
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    figure.patch.set_alpha(0)
    top, lif, liaf = figure.subplots(3, 1, sharex=True, height_ratios=(1.6, 0.7, 1))
    top.plot(t, U, "o-", color=VARIABLE_COLORS["U"], ms=3.5)
    top.axhline(1, color=text, lw=0.9, ls="--")
    top.text(T / 2, 1.03, "threshold", color=text, ha="center", va="bottom", fontsize=10)
    top.set_title(
        "Both neurons have the same membrane potential", loc="left", color=text, fontsize=12
    )
    lif.vlines(t[F > 0], 0, 1, color=CELL_COLORS["lif"], lw=3.5)
    lif.set_title("LIF sends a spike: 0 or 1", loc="left", color=text, fontsize=12)
    liaf.vlines(t, 0, Y, color=CELL_COLORS["liaf"], lw=2.5)
    liaf.plot(t, Y, "o", color=CELL_COLORS["liaf"], ms=4)
    liaf.set_title("LIAF sends the analog value itself", loc="left", color=text, fontsize=12)
    liaf.set_xlabel("time step", color=text)
    for panel in (top, lif, liaf):
        panel.patch.set_alpha(0)
        panel.set_ylim(0, None)
        panel.set_yticks([])
        panel.tick_params(colors=text)
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.spines["bottom"].set_color(text)
    return figure


def main() -> None:
    """Write both pictures."""
    for scheme, text in SCHEMES.items():
        with mpl.rc_context({"svg.hashsalt": "liaf", "svg.fonttype": "path"}):
            path = STATIC / f"liaf-and-lif-{scheme}.svg"
            draw(text).savefig(path, metadata={"Date": None})
        print(path)


if __name__ == "__main__":
    main()
