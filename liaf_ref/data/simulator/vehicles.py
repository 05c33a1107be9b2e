"""Drawings of an airplane, an automobile, a ship and a truck, facing right."""

import numpy as np

from liaf_ref.data.simulator.drawing import Color, Ellipse, Line, Point, Polygon, Shape

BLACK, GLASS, STEEL = (0.06, 0.06, 0.07), (0.3, 0.45, 0.55), (0.7, 0.7, 0.72)
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
