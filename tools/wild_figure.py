"""Draw docs/verify/liaf-in-the-wild.svg: one neuron of each preset, its potential and its gradient.

python tools/wild_figure.py
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import liaf_ref as lr
from liaf_ref.kernels.array import Array

PATH = Path(__file__).parents[1] / "docs" / "verify" / "liaf-in-the-wild.svg"
INPUT = (0.4, 0.4, 0.9, 0.1, 0.1, 0.7, 0.0, 0.6)
# Presets with nearly the same curve share a line: the neurons have Act the identity.
LINES = {
    "paper": ("#4477aa", "paper, bidl"),
    "genunit-2020": ("#ee6677", "genunit-2020"),
    "genunit-2021": ("#228833", "genunit-2021"),
    "spikingjelly": ("#aa3377", "spikingjelly, matterhorn"),
    "ma-snn": ("#ccbb44", "ma-snn"),
}
WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 160, 40, 24, 60


def curves(name: str) -> tuple[Array, Array]:
    """The potential of one neuron, and the gradient of its summed output in each input."""
    layer = lr.presets[name].make(lr.DirectLIAF, (1,), act="identity", mode="NTR")
    Y, _, tape = layer(layer.init(0), np.array(INPUT).reshape(1, -1, 1))
    dX, *_ = layer.backward(np.ones_like(Y), tape)
    return Y.ravel(), dX.ravel()


def draw() -> str:
    """The figure as SVG."""
    width, height = 2 * (LEFT + WIDTH) + GAP, TOP + HEIGHT + 70
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    style = 'font-family="sans-serif" font-size="12" fill="none" stroke-width="2"'
    return "\n".join([f"{head} {style}>", *_panels(), *_legend(), "</svg>", ""])


def _panels() -> Iterator[str]:
    found = {name: curves(name) for name in LINES}
    for panel, title in enumerate(("potential U", "gradient dX of the sum of all U")):
        x0, top = LEFT + panel * (WIDTH + LEFT + GAP // 2), (1.25, 2.1)[panel]
        yield f'<text x="{x0}" y="14" fill="#777">{title}</text>'
        for tick in (0, 0.5, 1.0, 1.5, 2.0)[: 3 + 2 * panel]:
            y = TOP + HEIGHT * (1 - tick / top)
            yield f'<path d="M{x0} {y:.0f}h{WIDTH}" stroke="#777" stroke-opacity=".3"/>'
            yield f'<text x="{x0 - 26}" y="{y + 4:.0f}" fill="#777">{tick}</text>'
        for name, (colour, _) in LINES.items():
            step = WIDTH / (len(INPUT) - 1)
            points = " ".join(
                f"{x0 + k * step:.0f},{TOP + HEIGHT * (1 - value / top):.0f}"
                for k, value in enumerate(found[name][panel])
            )
            yield f'<polyline points="{points}" stroke="{colour}"/>'


def _legend() -> Iterator[str]:
    for k, (colour, label) in enumerate(LINES.values()):
        x, y = LEFT + 230 * (k % 3), TOP + HEIGHT + 30 + 20 * (k // 3)
        yield f'<path d="M{x} {y}h20" stroke="{colour}"/>'
        yield f'<text x="{x + 26}" y="{y + 4}" fill="#777">{label}</text>'


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    PATH.write_text(draw(), "utf-8")
