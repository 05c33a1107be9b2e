"""Drawings: ellipses, polygons and lines in colour, with smooth edges."""

from collections.abc import Iterable
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
