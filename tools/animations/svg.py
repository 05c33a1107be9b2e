"""An animated picture: one SVG file, which steps through its states with CSS.

The file adapts to light and dark.  Without motion (in print, or if the reader prefers reduced
motion) it shows one still state.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from liaf_ref._core.palette import (
    BLUE,
    EVENT_COLORS,
    GREEN,
    LIGHT_BLUE,
    ORANGE,
    PURPLE,
    VARIABLE_COLORS,
)

WIDTH = 400  # of a picture, in its own units: a phone shows it at nearly this width
SHOWN_WIDTH = 420  # px, on a wide screen
SMALLEST, SMALL, NORMAL, LARGE = 14.0, 15.5, 16.5, 19.0  # of text; over 9 pt on a phone
PIECE = re.compile(
    r"\*(?P<italic>[^*]+)\*|(?P<sign>[_^])(?:\{(?P<braces>[^}]*)\}|(?P<word>\w+))|[^*_^]+"
)
FADE = 0.25  # s, from one state to the next
GLIDE = 0.7  # s, from one place to the next
TEXT = {"ink": ("#1f2328", "#e6edf3"), "soft": ("#59636e", "#9aa4af")}
SURFACES = {"paper": ("#ffffff", "#161b22"), "line": ("#d0d7de", "#3d444d")}
# Colours by meaning, for light and dark: I, U, F, Y, threshold, window.
COLORS = {name: (color, color) for name, color in VARIABLE_COLORS.items()}
COLORS |= {name: (color, color) for name, color in EVENT_COLORS.items()}
COLORS |= {"one": (BLUE, BLUE), "two": (ORANGE, ORANGE), "three": (GREEN, GREEN)}
COLORS |= {"four": (PURPLE, PURPLE)}
COLORS = {
    name: (light, LIGHT_BLUE if dark == BLUE else dark) for name, (light, dark) in COLORS.items()
}
STYLE = """text{{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;\
font-variant-numeric:tabular-nums}}
.i{{font-style:italic}}.b{{font-weight:600}}
{light}
@media (prefers-color-scheme:dark){{{dark}}}
{moves}
@media print,(prefers-reduced-motion:reduce){{*{{animation:none!important}}}}
"""


class Place(NamedTuple):
    """A point of the picture."""

    x: float
    y: float


def number(value: float, digits: int = 2) -> str:
    """Write a number as the pictures do, with a real minus sign and without -0."""
    text = f"{value:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text.lstrip("-")


class Animation:
    """A picture with a number of steps, which last equally long.

    Parameters
    ----------
    title, description : str
        For readers who do not see the picture.
    height : float
        Of the picture, whose width is ``WIDTH``.
    step_count : int
        Number of steps.
    seconds : float
        Duration of a step.
    """

    def __init__(
        self, title: str, description: str, height: float, step_count: int, seconds: float
    ) -> None:
        self.step_count, self.seconds = step_count, seconds
        self._rules: dict[str, str] = {}  # the keyframes, and the name of each
        self.root = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
        for name, value in {
            "aria-label": title,
            "viewBox": f"0 0 {WIDTH} {_written(height)}",
            "width": _written(SHOWN_WIDTH),
            "height": _written(height * SHOWN_WIDTH / WIDTH),
        }.items():
            self.root.set(name, value)
        ET.SubElement(self.root, "title").text = title
        ET.SubElement(self.root, "desc").text = description
        self._style = ET.SubElement(self.root, "style")
        self.rect((0.5, 0.5), (WIDTH - 1, height - 1), rx=10, fill="paper", stroke="line")

    def add(
        self,
        tag: str,
        parent: ET.Element | None = None,
        fill: str = "none",
        stroke: str = "",
        **attributes: float | str,
    ) -> ET.Element:
        """Add an element; ``fill`` and ``stroke`` are names of colors."""
        names = [f"f-{fill}"] if fill != "none" else []
        names += [f"s-{stroke}"] if stroke else []
        given = {key.replace("_", "-"): _written(value) for key, value in attributes.items()}
        if fill == "none" and tag not in ("g", "text", "tspan"):
            given["fill"] = "none"
        if names:
            given["class"] = " ".join(names)
        return ET.SubElement(self.root if parent is None else parent, tag, given)

    def threshold(
        self, path: str, parent: ET.Element | None = None, width: float = 2
    ) -> ET.Element:
        """Add the dashed line of the threshold."""
        return self.add(
            "path",
            parent,
            stroke="threshold",
            d=path,
            stroke_width=width,
            stroke_dasharray="6 4",
        )

    def rect(
        self,
        corner: tuple[float, float],
        size: tuple[float, float],
        parent: ET.Element | None = None,
        fill: str = "none",
        stroke: str = "",
        **attributes: float | str,
    ) -> ET.Element:
        """Add a rectangle; ``corner`` is the upper left one."""
        x, y, width, height = *corner, *size
        return self.add(
            "rect", parent, fill, stroke, x=x, y=y, width=width, height=height, **attributes
        )

    def text(
        self,
        text: str,
        place: tuple[float, float],
        parent: ET.Element | None = None,
        size: float = SMALL,
        anchor: str = "start",
        fill: str = "ink",
        weight: str = "",
    ) -> ET.Element:
        """Add a line of text; ``V_th`` has a subscript, and ``*U*`` is in italics."""
        one = self.add(
            "text", parent, fill, x=place[0], y=place[1], font_size=size, text_anchor=anchor
        )
        if weight:
            one.set("class", f"{one.get('class')} {weight}")
        level = 0
        for piece, italic, new_level in _pieces(text):
            span = ET.SubElement(one, "tspan", {"class": "i"} if italic else {})
            span.text = piece
            if new_level:
                span.set("font-size", _written(max(SMALLEST, 0.8 * size)))
            if new_level != level:
                shift = {1: -6, 0: 0, -1: 4}
                span.set("dy", _written(float(shift[new_level] - shift[level])))
            level = new_level
        return one

    def group(
        self, steps: Collection[int], still: bool, parent: ET.Element | None = None
    ) -> ET.Element:
        """Add a group that is visible in some steps; ``still``: also without motion."""
        one = self.add("g", parent, opacity=1 if still else 0)
        states = [f"opacity:{int(step in steps)}" for step in range(self.step_count)]
        one.set("class", self._animate(states, FADE, in_turn=True))
        return one

    def moving(
        self, places: Sequence[tuple[float, float]], still: int, parent: ET.Element | None = None
    ) -> ET.Element:
        """Add a group that is at a place in each step; without motion where step ``still`` is."""
        x, y = places[still]
        one = self.add("g", parent, transform=f"translate({_written(x)} {_written(y)})")
        states = [
            f"transform:translate({_written(x)}px,{_written(y)}px)" for x, y in map(tuple, places)
        ]
        one.set("class", self._animate(states, GLIDE))
        return one

    def arrow(
        self,
        path: str,
        end: tuple[float, float],
        direction: str,
        stroke: str,
        parent: ET.Element | None = None,
        width: float = 2,
    ) -> None:
        """Draw a line along ``path`` with a head at ``end``."""
        self.add("path", parent, stroke=stroke, d=path, stroke_width=width)
        x, y = end
        (a, b), (c, d) = {
            "right": ((-7, -5), (-7, 5)),
            "left": ((7, -5), (7, 5)),
            "down": ((-5, -7), (5, -7)),
            "up": ((-5, 7), (5, 7)),
        }[direction]
        points = f"M{_written(x)} {_written(y)}l{a} {b}L{_written(x + c)} {_written(y + d)}z"
        self.add("path", parent, stroke, d=points)

    def to_bytes(self) -> bytes:
        """The file."""
        moves = "".join(f"@keyframes {name}{{{rule}}}\n" for rule, name in self._rules.items())
        total = _written(self.step_count * self.seconds)
        moves += "".join(
            f".{name}{{animation:{name} {total}s ease-in-out infinite}}"
            for name in self._rules.values()
        )
        light, dark = (
            "".join(
                f".f-{name}{{fill:{both[k]}}}.s-{name}{{stroke:{both[k]}}}"
                for name, both in (TEXT | SURFACES | COLORS).items()
            )
            for k in (0, 1)
        )
        self._style.text = STYLE.format(light=light, dark=dark, moves=moves)
        # ASCII alone: JupyterLite shows no picture that has other characters.
        text: bytes = ET.tostring(self.root, encoding="us-ascii", xml_declaration=True)
        return text + b"\n"

    def _animate(self, states: list[str], change: float, in_turn: bool = False) -> str:
        """The name of the keyframes that go through the states, one a step.

        ``in_turn``: what appears waits until what disappears has gone.
        """
        total = self.step_count * self.seconds
        frames = [(0.0, states[-1])]
        for step, (old, new) in enumerate(pairwise([states[-1], *states])):
            if old != new or step == 0:
                start = end = step * self.seconds
                half = change / 2 if in_turn else 0.0
                appears = new == "opacity:1"
                start += half * appears
                end += change - half * (not appears)
                frames += [(start, old), (end, new)]
        frames.append((total, states[-1]))
        rule = "".join(
            f"{_written(100 * at / total, 3)}%{{{state}}}" for at, state in dict(frames).items()
        )
        return self._rules.setdefault(rule, f"k{len(self._rules)}")


def _written(value: float | str, digits: int = 1) -> str:
    if isinstance(value, str):
        return value
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _pieces(text: str) -> Iterator[tuple[str, bool, int]]:
    """Split ``*U*^t`` and ``V_th`` into pieces: the text, if in italics, and 1 above, -1 below."""
    for found in PIECE.finditer(text):
        if found["sign"]:
            yield found["braces"] or found["word"], False, 1 if found["sign"] == "^" else -1
        else:
            yield found["italic"] or found[0], bool(found["italic"]), 0
