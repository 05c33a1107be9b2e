"""Drawings of ``drawings.txt``: ellipses, polygons and lines in colour, with smooth edges."""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.simulator.moving_image import Image

Color = tuple[float, float, float]
Point = tuple[float, float]
Coordinates = NDArray[Any]
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of red, green and blue, Rec. 709


class Ellipse(NamedTuple):
    """An ellipse."""

    center: Point  # (x, y), x to the right and y downwards; the drawing is from 0 to 1
    radii: Point  # along its own axes
    color: Color  # red, green and blue, 0 to 1
    angle: float = 0.0  # of its axes, in degrees clockwise

    def bounds(self) -> tuple[Point, Point]:
        """Two corners of a rectangle around it."""
        (x, y), r = self.center, max(self.radii)
        return (x - r, y - r), (x + r, y + r)

    def distance(self, x: Coordinates, y: Coordinates) -> Coordinates:
        """Approximate signed distance to the edge, negative inside; valid near the edge."""
        cos, sin = np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))
        x, y = x - np.float32(self.center[0]), y - np.float32(self.center[1])
        across, along = self.radii
        u, v = (x * cos + y * sin) / across, (y * cos - x * sin) / along
        return np.asarray((np.sqrt(u * u + v * v) - 1) * min(self.radii))


class Polygon(NamedTuple):
    """A polygon: ``points`` in order, ``color`` as of an :class:`Ellipse`."""

    points: tuple[Point, ...]
    color: Color

    def bounds(self) -> tuple[Point, Point]:
        """Two corners of a rectangle around it."""
        xs, ys = zip(*self.points, strict=True)
        return (min(xs), min(ys)), (max(xs), max(ys))

    def distance(self, x: Coordinates, y: Coordinates) -> Coordinates:
        """Signed distance to the edge, negative inside."""
        nearest = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf, np.float32)
        inside = np.zeros(nearest.shape, bool)
        for a, b in zip(self.points, (*self.points[1:], self.points[0]), strict=True):
            np.minimum(nearest, _distance_to_segment(x, y, a, b), out=nearest)
            if a[1] != b[1]:
                right = a[0] + (y - a[1]) * ((b[0] - a[0]) / (b[1] - a[1]))
                inside ^= ((a[1] > y) != (b[1] > y)) & (x < right)
        return np.where(inside, -nearest, nearest)


class Line(NamedTuple):
    """A line with round ends: from ``start`` to ``end``, of ``width``, in ``color``."""

    start: Point
    end: Point
    width: float
    color: Color

    def bounds(self) -> tuple[Point, Point]:
        """Two corners of a rectangle around it."""
        (ax, ay), (bx, by), r = self.start, self.end, self.width / 2
        return (min(ax, bx) - r, min(ay, by) - r), (max(ax, bx) + r, max(ay, by) + r)

    def distance(self, x: Coordinates, y: Coordinates) -> Coordinates:
        """Signed distance to the edge, negative inside."""
        return _distance_to_segment(x, y, self.start, self.end) - np.float32(self.width / 2)


Shape = Ellipse | Polygon | Line


def _distance_to_segment(x: Coordinates, y: Coordinates, a: Point, b: Point) -> Coordinates:
    px, py = x - np.float32(a[0]), y - np.float32(a[1])
    dx, dy = b[0] - a[0], b[1] - a[1]
    share = np.clip((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
    return np.asarray(np.hypot(px - share * dx, py - share * dy), np.float32)


TERM = re.compile(r"([+-]?)([\d.]*)\*?([a-z]\w*)?")  # of a sum: sign, factor and name


@cache
def _read_drawings() -> tuple[dict[str, Color], dict[str, list[list[str]]]]:
    """Return the colours, and the lines of each drawing as words."""
    colors: dict[str, Color] = {}
    lists: dict[str, list[str]] = {}
    drawings: dict[str, list[list[str]]] = {}
    text = resources.files(__package__).joinpath("drawings.txt").read_text("utf-8")
    for line in text.splitlines():
        match line.partition("#")[0].split():
            case ["color", name, red, green, blue]:
                colors[name] = float(red), float(green), float(blue)
            case ["colors", name, *members]:
                lists[f"*{name}"] = members
            case ["drawing", name]:
                drawings[name] = []
            case [_, *_] as words:
                every = (lists.get(word, [word]) for word in words)
                drawings[name].append([word for some in every for word in some])
    return colors, drawings


def draw_shapes(name: str, rng: np.random.Generator) -> list[Shape]:
    """Draw what is random in a drawing, and return its shapes."""
    colors, drawings = _read_drawings()
    drawn = _Draw(colors, rng)
    return [shape for words in drawings[name] if (shape := drawn.run(words)) is not None]


class _Draw:
    """The random values of one drawing, by name."""

    def __init__(self, colors: dict[str, Color], rng: np.random.Generator) -> None:
        self.values: dict[str, Any] = dict(colors)
        self.rng = rng

    def run(self, words: list[str]) -> Shape | None:
        """Follow a line of the file."""
        if words[0].startswith("?"):
            name, _, allowed = words[0][1:].partition("=")
            value = self.values[name]
            holds = value in allowed.split(",") if allowed else value
            return self.run(words[1:]) if holds else None
        match words:
            case ["line", color, width, start, end]:
                return Line(
                    self.point(start), self.point(end), self.number(width), self.color(color)
                )
            case ["ellipse", color, center, radii, *angle]:
                turned = map(self.number, angle)
                return Ellipse(self.point(center), self.point(radii), self.color(color), *turned)
            case ["polygon", color, *points]:
                return Polygon(tuple(map(self.point, points)), self.color(color))
            case [kind, name, *given]:
                self.draw(kind, name, given)
        return None

    def draw(self, kind: str, name: str, given: list[str]) -> None:
        """Draw a value, or compute one of others."""
        rng, values = self.rng, self.values
        if kind == "number":
            values[name] = rng.uniform(float(given[0]), float(given[1]))
        elif kind == "angle":
            angle = np.radians(rng.uniform(float(given[0]), float(given[1])))
            values |= {f"cos_{name}": np.cos(angle), f"sin_{name}": np.sin(angle)}
        elif kind == "chance":
            values[name] = rng.random() < float(given[0])
        elif kind == "choice":
            values[name] = given[rng.integers(len(given))]
        elif kind == "paint":
            low, high, *names = given
            color = np.array(values[names[rng.integers(len(names))]])
            values[name] = tuple(np.minimum(color * rng.uniform(float(low), float(high)), 1))
        elif kind == "shade":
            values[name] = tuple(float(given[0]) * part for part in values[given[1]])
        elif kind == "points":
            lowest, highest = map(self.point, given[1:])
            places = rng.uniform(lowest, highest, (int(given[0]), 2))
            for k, (x, y) in enumerate(places):
                values |= {f"{name}{k}x": x, f"{name}{k}y": y}
        elif kind == "steps":
            steps = np.arange(*map(self.number, given))
            values |= {f"{name}{k}": step for k, step in enumerate(steps)}

    def color(self, name: str) -> Color:
        """A colour, or the one that a choice has named."""
        found = self.values[name]
        color: Color = self.values[found] if isinstance(found, str) else found
        return color

    def point(self, text: str) -> Point:
        """The point of two numbers."""
        x, y = text.split(",")
        return self.number(x), self.number(y)

    def number(self, text: str) -> float:
        """The value of a sum."""
        total = 0.0
        for sign, factor, name in TERM.findall(text):
            if factor or name:
                value = float(f"{sign}{factor or 1}")
                total += value * self.values[name] if name else value
        return total


def transform_shape(shape: Shape, center: Point, scale: float, mirrored: bool) -> Shape:
    """Shrink a shape around the middle of the drawing, mirror and move it."""
    side = -scale if mirrored else scale

    def move(point: Point) -> Point:
        return center[0] + side * (point[0] - 0.5), center[1] + scale * (point[1] - 0.5)

    if isinstance(shape, Polygon):
        return shape._replace(points=tuple(move(point) for point in shape.points))
    if isinstance(shape, Line):
        start, end = move(shape.start), move(shape.end)
        return shape._replace(start=start, end=end, width=scale * shape.width)
    radii = scale * shape.radii[0], scale * shape.radii[1]
    angle = -shape.angle if mirrored else shape.angle
    return shape._replace(center=move(shape.center), radii=radii, angle=angle)


def paint(background: Image, shapes: Iterable[Shape]) -> Image:
    """Paint shapes over a background, the first shape at the back."""
    N = len(background)
    at = (np.arange(N, dtype=np.float32) + 0.5) / N
    for shape in shapes:
        (left, top), (right, bottom) = shape.bounds()
        rows, columns = (
            slice(max(int(first * N) - 1, 0), max(int(last * N) + 2, 0))
            for first, last in ((top, bottom), (left, right))
        )
        outside: Any = shape.distance(at[None, columns], at[rows, None])
        cover = np.clip(0.5 - N * outside, 0, 1).astype(np.float32)[..., None]
        part = background[rows, columns]
        part += cover * (np.array(shape.color, np.float32) - part)
    return background @ LUMINANCE
