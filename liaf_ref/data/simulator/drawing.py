"""Drawings of ``drawings.txt``: ellipses, polygons and lines in colour, with smooth edges."""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from itertools import pairwise
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


class Outline(NamedTuple):
    """A polygon of ``points`` in order, or a line between two of them with round ends."""

    points: tuple[Point, ...]
    color: Color  # as of an :class:`Ellipse`
    width: float = 0.0  # of a line

    def bounds(self) -> tuple[Point, Point]:
        """Two corners of a rectangle around it."""
        (xs, ys), r = zip(*self.points, strict=True), self.width / 2
        return (min(xs) - r, min(ys) - r), (max(xs) + r, max(ys) + r)

    def distance(self, x: Coordinates, y: Coordinates) -> Coordinates:
        """Signed distance to the edge, negative inside."""
        nearest = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf, np.float32)
        inside = np.zeros(nearest.shape, bool)
        closed = len(self.points) > 2
        for a, b in pairwise((*self.points, self.points[0]) if closed else self.points):
            np.minimum(nearest, _distance_to_segment(x, y, a, b), out=nearest)
            if closed and a[1] != b[1]:
                right = a[0] + (y - a[1]) * ((b[0] - a[0]) / (b[1] - a[1]))
                inside ^= ((a[1] > y) != (b[1] > y)) & (x < right)
        return np.where(inside, -nearest, nearest) - np.float32(self.width / 2)


Shape = Ellipse | Outline


def _distance_to_segment(x: Coordinates, y: Coordinates, a: Point, b: Point) -> Coordinates:
    px, py = x - np.float32(a[0]), y - np.float32(a[1])
    dx, dy = b[0] - a[0], b[1] - a[1]
    share = np.clip((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
    return np.asarray(np.hypot(px - share * dx, py - share * dy), np.float32)


TERM = re.compile(r"([+-]?)([\d.]*)\*?([a-z]\w*)?")  # of a sum: sign, factor and name


Ground = tuple[Color, Color, float]  # colours above and below the horizon, and the horizon


class Drawings(NamedTuple):
    """The content of ``drawings.txt``."""

    colors: dict[str, Color]
    scenes: dict[str, tuple[list[str], list[Ground]]]  # two drawings of a class, and backgrounds
    lines: dict[str, list[list[str]]]  # of each drawing, as words


@cache
def load_drawings() -> Drawings:
    """Read the drawings of all classes."""
    found = Drawings({}, {}, {})
    lists: dict[str, list[str]] = {}
    text = resources.files(__package__).joinpath("drawings.txt").read_text("utf-8")
    for line in text.splitlines():
        match line.partition("#")[0].split():
            case ["color", name, red, green, blue]:
                found.colors[name] = float(red), float(green), float(blue)
            case ["colors", name, *members]:
                lists[f"*{name}"] = members
            case ["scene", name, first, second, *grounds]:
                words = (ground.split(",") for ground in grounds)
                drawn = [(found.colors[a], found.colors[b], float(h)) for a, b, h in words]
                found.scenes[name] = [first, second], drawn
            case ["drawing", name]:
                found.lines[name] = []
            case [_, *_] as words:
                every = (lists.get(word, [word]) for word in words)
                found.lines[name].append([word for some in every for word in some])
    return found


def draw_shapes(name: str, rng: np.random.Generator) -> list[Shape]:
    """Draw what is random in a drawing, and return its shapes."""
    drawings = load_drawings()
    drawn = _Draw(drawings.colors, rng)
    return [shape for words in drawings.lines[name] if (shape := drawn.run(words)) is not None]


class _Draw:
    """The values of one drawing, by name."""

    def __init__(self, colors: dict[str, Color], rng: np.random.Generator) -> None:
        self.values: dict[str, Any] = dict(colors)
        self.rng = rng

    def run(self, words: list[str]) -> Shape | None:
        """Follow a line of the file: return its shape, or draw its value."""
        match words:
            case [condition, *rest] if condition.startswith("?"):
                name, _, allowed = condition[1:].partition("=")
                value = self.values[name]
                holds = value in allowed.split(",") if allowed else value
                return self.run(rest) if holds else None
            case ["line", color, width, *ends]:
                return Outline(tuple(map(self.point, ends)), self.color(color), self.number(width))
            case ["polygon", color, *points]:
                return Outline(tuple(map(self.point, points)), self.color(color))
            case ["ellipse", color, center, radii, *angle]:
                turned = map(self.number, angle)
                return Ellipse(self.point(center), self.point(radii), self.color(color), *turned)
        self.draw(words)
        return None

    def draw(self, words: list[str]) -> None:
        """Draw a value, or compute one of others."""
        rng, values, number = self.rng, self.values, self.number
        match words:
            case ["number", name, low, high]:
                values[name] = rng.uniform(number(low), number(high))
            case ["angle", name, low, high]:
                angle = np.radians(rng.uniform(number(low), number(high)))
                values |= {f"cos_{name}": np.cos(angle), f"sin_{name}": np.sin(angle)}
            case ["chance", name, share]:
                values[name] = rng.random() < number(share)
            case ["choice", name, *names]:
                values[name] = names[rng.integers(len(names))]
            case ["paint", name, low, high, *names]:
                color = np.array(values[names[rng.integers(len(names))]])
                brighter = color * rng.uniform(number(low), number(high))
                values[name] = tuple(np.minimum(brighter, 1))
            case ["shade", name, share, paint]:
                values[name] = tuple(number(share) * part for part in values[paint])
            case ["points", name, count, lowest, highest]:
                corners = self.point(lowest), self.point(highest)
                for k, (x, y) in enumerate(rng.uniform(*corners, (int(count), 2))):
                    values |= {f"{name}{k}x": x, f"{name}{k}y": y}
            case ["steps", name, *span]:
                steps = np.arange(*map(number, span))
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

    if isinstance(shape, Outline):
        points = tuple(move(point) for point in shape.points)
        return shape._replace(points=points, width=scale * shape.width)
    radii = scale * shape.radii[0], scale * shape.radii[1]
    angle = -shape.angle if mirrored else shape.angle
    return shape._replace(center=move(shape.center), radii=radii, angle=angle)


def paint(background: Image, shapes: Iterable[Shape]) -> Image:
    """Paint shapes over a background, the first shape at the back."""
    N = len(background)
    at = (np.arange(N, dtype=np.float32) + 0.5) / N
    for shape in shapes:
        (left, top), (right, bottom) = shape.bounds()
        rows = slice(max(int(top * N) - 1, 0), max(int(bottom * N) + 2, 0))
        columns = slice(max(int(left * N) - 1, 0), max(int(right * N) + 2, 0))
        outside: Any = shape.distance(at[None, columns], at[rows, None])
        cover = np.clip(0.5 - N * outside, 0, 1).astype(np.float32)[..., None]
        part = background[rows, columns]
        part += cover * (np.array(shape.color, np.float32) - part)
    return background @ LUMINANCE
