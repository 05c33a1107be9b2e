"""Drawings of an airplane, an automobile, a ship and a truck, two forms of each."""

import numpy as np

from liaf_ref.data.simulator.drawing import Color, Ellipse, Line, Point, Polygon, Shape

BLACK, GLASS, STEEL = (0.06, 0.06, 0.07), (0.3, 0.45, 0.55), (0.7, 0.7, 0.72)
WOOD = (0.45, 0.28, 0.12)
PAINT_COLORS = (
    (0.8, 0.1, 0.1),
    (0.1, 0.2, 0.7),
    (0.9, 0.9, 0.9),
    (0.9, 0.7, 0.1),
    (0.1, 0.45, 0.2),
)


def _draw_color(rng: np.random.Generator, colors: tuple[Color, ...]) -> Color:
    """One of the colours, a little lighter or darker."""
    red, green, blue = np.array(colors[rng.integers(len(colors))]) * rng.uniform(0.8, 1.1)
    return min(red, 1.0), min(green, 1.0), min(blue, 1.0)


def rectangle(left: float, top: float, right: float, bottom: float, color: Color) -> Polygon:
    """A rectangle."""
    return Polygon(((left, top), (right, top), (right, bottom), (left, bottom)), color)


def _wheel(center: Point, radius: float) -> list[Shape]:
    return [
        Ellipse(center, (radius, radius), BLACK),
        Ellipse(center, (0.5 * radius, 0.5 * radius), STEEL),
    ]


def airplane(rng: np.random.Generator) -> list[Shape]:
    """From the side and a little below."""
    body, thick = _draw_color(rng, PAINT_COLORS[2:4]), rng.uniform(0.05, 0.07)
    sweep, span = rng.uniform(0.12, 0.22), rng.uniform(0.24, 0.32)
    wing = tuple(0.75 * part for part in body)
    shade = wing[0], wing[1], wing[2]
    far = (
        (0.58, 0.48),
        (0.44, 0.48),
        (0.5 - sweep, 0.5 - 0.8 * span),
        (0.56 - sweep, 0.5 - 0.8 * span),
    )
    near = ((0.6, 0.53), (0.42, 0.53), (0.42 - sweep, 0.53 + span), (0.5 - sweep, 0.53 + span))
    tail = ((0.2, 0.48), (0.1, 0.48), (0.04, 0.27), (0.11, 0.27))
    flat = ((0.2, 0.51), (0.1, 0.51), (0.03, 0.62), (0.09, 0.62))
    windows = [Ellipse((x, 0.485), (0.011, 0.013), BLACK) for x in np.arange(0.3, 0.8, 0.06)]
    return [
        Polygon(far, shade),
        Polygon(tail, _draw_color(rng, PAINT_COLORS)),
        Ellipse((0.5, 0.5), (0.43, thick), body),
        *windows,
        Polygon(flat, shade),
        Polygon(near, shade),
        Ellipse((0.46, 0.63), (0.05, 0.025), BLACK),
    ]


def biplane(rng: np.random.Generator) -> list[Shape]:
    """With a propeller and two wheels, from the side."""
    body, wing = _draw_color(rng, PAINT_COLORS), _draw_color(rng, PAINT_COLORS)
    high, chord = rng.uniform(0.24, 0.29), rng.uniform(0.15, 0.18)
    hull = ((0.84, 0.4), (0.88, 0.5), (0.82, 0.61), (0.5, 0.64), (0.05, 0.49), (0.06, 0.44))
    struts = ((0.62 - 0.8 * chord, 0.57), (0.62 + 0.7 * chord, 0.57), (0.58, 0.42), (0.7, 0.42))
    return [
        Polygon(((0.2, 0.45), (0.04, 0.46), (0.0, 0.28), (0.09, 0.27)), wing),
        Line((0.62, 0.6), (0.7, 0.8), 0.022, BLACK),
        Line((0.78, 0.6), (0.7, 0.8), 0.022, BLACK),
        Polygon((*hull, (0.4, 0.41)), body),
        Ellipse((0.45, 0.39), (0.035, 0.05), BLACK),
        *[Line((x, y), (x + 0.04, high), 0.014, BLACK) for x, y in struts],
        Line((0.64 - chord, high + 0.01), (0.68 + chord, high - 0.01), 0.05, wing),
        Line((0.6 - chord, 0.58), (0.64 + chord, 0.57), 0.045, wing),
        Line((0.03, 0.47), (0.16, 0.47), 0.03, wing),
        Ellipse((0.89, 0.5), (0.04, 0.05), BLACK),
        Ellipse((0.93, 0.5), (0.016, 0.23), STEEL, rng.uniform(-8, 8)),
        *_wheel((0.7, 0.82), 0.07),
    ]


def automobile(rng: np.random.Generator) -> list[Shape]:
    """A low car from the side."""
    paint, radius = _draw_color(rng, PAINT_COLORS), rng.uniform(0.085, 0.1)
    roof, front = rng.uniform(0.33, 0.38), rng.uniform(0.68, 0.74)
    cabin = ((0.2, 0.5), (0.3, roof), (0.58, roof), (front, 0.5))
    glass = ((0.27, 0.49), (0.33, roof + 0.03), (0.56, roof + 0.03), (front - 0.06, 0.49))
    body = ((0.06, 0.5), (0.7, 0.49), (0.92, 0.55), (0.95, 0.68), (0.05, 0.68))
    return [
        Polygon(cabin, paint),
        Polygon(glass, GLASS),
        Line((0.45, roof), (0.45, 0.5), 0.025, paint),
        Polygon(body, paint),
        Line((0.06, 0.66), (0.94, 0.66), 0.025, BLACK),
        Ellipse((0.91, 0.58), (0.025, 0.02), (1.0, 1.0, 0.8)),
        *_wheel((0.25, 0.68), radius),
        *_wheel((0.75, 0.68), radius),
    ]


def automobile_front(rng: np.random.Generator) -> list[Shape]:
    """A car whose front faces the viewer."""
    paint, roof = _draw_color(rng, PAINT_COLORS), rng.uniform(0.2, 0.26)
    wide = rng.uniform(0.32, 0.37)
    shapes: list[Shape] = []

    def add(points: tuple[Point, ...], color: Color) -> None:
        """A symmetric polygon; points are of its right half."""
        left = tuple((-x, y) for x, y in reversed(points))
        shapes.append(Polygon(tuple((0.5 + wide * x, y) for x, y in (*points, *left)), color))

    for side in (-1, 1):
        x = 0.5 + side * 0.78 * wide
        shapes.append(Line((x, 0.72), (x, 0.86), 0.12, BLACK))
        shapes.append(Ellipse((0.5 + side * 1.08 * wide, 0.43), (0.05, 0.035), paint))
    add(((0.6, roof), (0.92, 0.47)), paint)
    add(((0.53, roof + 0.04), (0.78, 0.46)), GLASS)
    add(((0.9, 0.46), (1.03, 0.56), (1.03, 0.78), (0.95, 0.82)), paint)
    add(((0.45, 0.58), (0.4, 0.67)), BLACK)
    add(((1.04, 0.74), (1.0, 0.81)), BLACK)
    add(((0.24, 0.72), (0.24, 0.78)), (0.9, 0.9, 0.85))
    for side in (-1, 1):
        shapes.append(Ellipse((0.5 + side * 0.74 * wide, 0.61), (0.065, 0.05), STEEL))
        shapes.append(Ellipse((0.5 + side * 0.74 * wide, 0.61), (0.05, 0.038), (1.0, 1.0, 0.8)))
    return shapes


def ship(rng: np.random.Generator) -> list[Shape]:
    """A steamer from the side."""
    hull, funnels = _draw_color(rng, (*PAINT_COLORS[:2], BLACK)), int(rng.integers(1, 4))
    top, bow = rng.uniform(0.56, 0.6), rng.uniform(0.9, 0.97)
    white = 0.9, 0.9, 0.88
    shapes: list[Shape] = [Line((0.72, 0.2), (0.72, 0.5), 0.015, BLACK)]
    shapes.append(Line((0.72, 0.22), (0.93, top), 0.008, BLACK))
    for k in range(funnels):
        left = 0.3 + 0.13 * k
        shapes += [rectangle(left, 0.27, left + 0.07, 0.45, _draw_color(rng, PAINT_COLORS))]
        shapes += [rectangle(left, 0.27, left + 0.07, 0.31, BLACK)]
    shapes += [
        rectangle(0.22, 0.43, 0.76, 0.51, white),
        rectangle(0.16, 0.5, 0.82, top + 0.01, white),
    ]
    shapes += [Ellipse((x, 0.47), (0.013, 0.015), BLACK) for x in np.arange(0.28, 0.74, 0.07)]
    shapes.append(Polygon(((0.05, top), (bow, top - 0.02), (0.85, 0.76), (0.12, 0.76)), hull))
    shapes.append(Line((0.02, 0.765), (0.98, 0.765), 0.02, (0.7, 0.8, 0.85)))
    return shapes


def sailing_boat(rng: np.random.Generator) -> list[Shape]:
    """With two sails."""
    hull = _draw_color(rng, (*PAINT_COLORS[:2], WOOD))
    sail, jib = ((0.95, 0.94, 0.9), _draw_color(rng, PAINT_COLORS))[:: rng.choice((-1, 1))]
    top, boom = rng.uniform(0.04, 0.1), rng.uniform(0.08, 0.16)
    return [
        Line((0.5, top - 0.02), (0.5, 0.75), 0.022, WOOD),
        Polygon(((0.48, top), (0.48, 0.64), (boom, 0.64), (0.3, 0.35)), sail),
        Polygon(((0.53, top + 0.08), (0.92, 0.66), (0.54, 0.62)), jib),
        Line((0.5, 0.665), (boom, 0.665), 0.018, WOOD),
        Polygon(((0.1, 0.72), (0.97, 0.7), (0.8, 0.86), (0.2, 0.86)), hull),
        Line((0.11, 0.74), (0.93, 0.725), 0.015, STEEL),
        Line((0.02, 0.865), (0.98, 0.865), 0.02, (0.7, 0.8, 0.85)),
    ]


def truck(rng: np.random.Generator) -> list[Shape]:
    """A lorry with a high box, from the side."""
    cab, cargo = _draw_color(rng, PAINT_COLORS), _draw_color(rng, (*PAINT_COLORS[2:], STEEL))
    top, back, radius = rng.uniform(0.2, 0.28), rng.uniform(0.04, 0.09), rng.uniform(0.065, 0.075)
    nose = ((0.68, 0.36), (0.83, 0.36), (0.89, 0.52), (0.95, 0.54), (0.95, 0.71), (0.68, 0.71))
    ribs = [Line((x, top), (x, 0.65), 0.012, BLACK) for x in np.arange(back + 0.1, 0.62, 0.12)]
    return [
        rectangle(back, 0.65, 0.9, 0.72, BLACK),
        rectangle(back, top, 0.65, 0.66, cargo),
        *ribs,
        Polygon(nose, cab),
        Polygon(((0.73, 0.39), (0.81, 0.39), (0.86, 0.52), (0.73, 0.52)), GLASS),
        *[part for x in (0.2, 0.35, 0.82) for part in _wheel((x, 0.73), radius)],
    ]


def dump_truck(rng: np.random.Generator) -> list[Shape]:
    """A lorry that tips its load, from the side."""
    cab, bed = _draw_color(rng, PAINT_COLORS), _draw_color(rng, PAINT_COLORS)
    tilt, radius = np.radians(rng.uniform(22, 35)), rng.uniform(0.08, 0.095)
    along, up = np.array((np.cos(tilt), -np.sin(tilt))), np.array((-np.sin(tilt), -np.cos(tilt)))

    def at(x: float, y: float) -> Point:
        """A point of the bed, from its hinge along the floor and up."""
        px, py = (0.12, 0.64) + x * along + y * up
        return float(px), float(py)

    heap = (at(0.04, 0.18), at(0.2, 0.29), at(0.42, 0.27), at(0.54, 0.2))
    nose = ((0.66, 0.3), (0.9, 0.3), (0.95, 0.5), (0.96, 0.74), (0.66, 0.74))
    return [
        Line((0.45, 0.7), at(0.38, 0.02), 0.03, STEEL),
        Polygon(heap, WOOD),
        Polygon((at(0, 0), at(0.55, 0), at(0.58, 0.22), at(-0.06, 0.18)), bed),
        *[Line(at(x, 0.02), at(x, 0.17), 0.014, BLACK) for x in (0.12, 0.27, 0.42)],
        rectangle(0.08, 0.67, 0.9, 0.73, BLACK),
        Polygon(nose, cab),
        Polygon(((0.74, 0.35), (0.87, 0.35), (0.91, 0.5), (0.74, 0.5)), GLASS),
        *[part for x in (0.19, 0.4, 0.82) for part in _wheel((x, 0.76), radius)],
    ]
