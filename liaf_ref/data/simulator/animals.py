"""Drawings of a bird, a cat, a deer, a dog, a frog and a horse, two forms of each."""

from itertools import pairwise

import numpy as np

from liaf_ref.data.simulator.drawing import Color, Ellipse, Line, Point, Polygon, Shape

BLACK, WHITE, PINK, YELLOW = (
    (0.05, 0.05, 0.05),
    (0.95, 0.95, 0.92),
    (0.8, 0.5, 0.5),
    (0.9, 0.7, 0.1),
)
FUR_COLORS = (
    (0.4, 0.25, 0.12),
    (0.15, 0.13, 0.12),
    (0.75, 0.6, 0.4),
    (0.5, 0.5, 0.5),
    (0.9, 0.87, 0.82),
)


def _fur_colors(rng: np.random.Generator, colors: tuple[Color, ...]) -> tuple[Color, Color]:
    """A colour, and a darker one of it."""
    red, green, blue = np.array(colors[rng.integers(len(colors))]) * rng.uniform(0.85, 1.05)
    return (red, green, blue), (0.65 * red, 0.65 * green, 0.65 * blue)


def _legs(
    xs: tuple[float, ...], top: float, ground: float, width: float, colors: tuple[Color, Color]
) -> list[Shape]:
    """Four legs, those on the far side darker and first."""
    near, far = colors
    order = ((xs[1], far), (xs[3], far), (xs[0], near), (xs[2], near))
    return [Line((x, top), (x + 0.01, ground), width, color) for x, color in order]


def bird(rng: np.random.Generator) -> list[Shape]:
    """On a twig."""
    plumage, dark = _fur_colors(
        rng, ((0.2, 0.3, 0.7), (0.7, 0.2, 0.15), FUR_COLORS[0], FUR_COLORS[1])
    )
    belly, lift = (WHITE, YELLOW)[rng.integers(2)], rng.uniform(-8, 12)
    return [
        Line((0.0, 0.84), (1.0, 0.8), 0.035, FUR_COLORS[0]),
        Line((0.48, 0.7), (0.47, 0.82), 0.02, BLACK),
        Line((0.56, 0.7), (0.56, 0.81), 0.02, BLACK),
        Polygon(((0.36, 0.56), (0.32, 0.68), (0.03, 0.83), (0.06, 0.72)), dark),
        Ellipse((0.5, 0.56), (0.24, 0.17), plumage, -28 + lift),
        Ellipse((0.57, 0.62), (0.15, 0.1), belly, -30 + lift),
        Ellipse((0.69, 0.34), (0.12, 0.115), plumage),
        Polygon(((0.79, 0.3), (0.95, 0.36), (0.79, 0.39)), YELLOW),
        Ellipse((0.72, 0.31), (0.022, 0.022), WHITE),
        Ellipse((0.725, 0.31), (0.013, 0.013), BLACK),
        Ellipse((0.42, 0.56), (0.2, 0.085), dark, 32 + lift),
    ]


def flying_bird(rng: np.random.Generator) -> list[Shape]:
    """With spread wings."""
    plumage, dark = _fur_colors(
        rng, ((0.2, 0.3, 0.7), (0.7, 0.2, 0.15), FUR_COLORS[0], FUR_COLORS[1], WHITE)
    )
    lift, tip = rng.uniform(-0.04, 0.08), rng.uniform(0.0, 0.08)
    far = ((0.52, 0.56), (0.66, 0.54), (0.84, 0.3 - lift), (0.88, 0.08 - lift), (0.66, 0.24 - lift))
    near = (
        (0.4, 0.58),
        (0.6, 0.56),
        (0.52, 0.3 - lift),
        (0.22 - tip, 0.06 - lift),
        (0.14 - tip, 0.14 - lift),
        (0.18 - tip, 0.24 - lift),
        (0.22 - tip, 0.32 - lift),
    )
    return [
        Polygon(far, dark),
        Polygon(((0.34, 0.6), (0.04, 0.62), (0.08, 0.7), (0.05, 0.78), (0.36, 0.68)), dark),
        Ellipse((0.54, 0.62), (0.24, 0.09), plumage, -6),
        Ellipse((0.78, 0.57), (0.085, 0.075), plumage),
        Polygon(((0.85, 0.54), (0.97, 0.6), (0.84, 0.61)), YELLOW),
        Ellipse((0.8, 0.55), (0.015, 0.015), BLACK),
        Polygon(near, plumage),
        *[Line((0.45, 0.54), point, 0.014, dark) for point in near[3:6]],
    ]


def cat(rng: np.random.Generator) -> list[Shape]:
    """Sitting, its face to the viewer."""
    fur, dark = _fur_colors(rng, FUR_COLORS)
    eye = ((0.5, 0.7, 0.2), (0.8, 0.7, 0.1))[rng.integers(2)]
    ear = rng.uniform(0.08, 0.12)
    shapes: list[Shape] = [
        Line((0.68, 0.85), (0.88, 0.75), 0.06, dark),
        Line((0.88, 0.75), (0.87, 0.5), 0.055, dark),
        Ellipse((0.5, 0.75), (0.22, 0.24), fur),
        Line((0.42, 0.72), (0.42, 0.93), 0.09, fur),
        Line((0.58, 0.72), (0.58, 0.93), 0.09, fur),
        Line((0.5, 0.76), (0.5, 0.94), 0.015, dark),
    ]
    for side in (-1, 1):
        tip = 0.5 + side * 0.2, 0.2 - ear
        shapes.append(Polygon(((0.5 + side * 0.22, 0.36), tip, (0.5 + side * 0.05, 0.22)), fur))
        shapes.append(
            Polygon(
                ((0.5 + side * 0.18, 0.31), (tip[0], tip[1] + 0.05), (0.5 + side * 0.09, 0.24)),
                PINK,
            )
        )
    shapes.append(Ellipse((0.5, 0.38), (0.235, 0.195), fur))
    stripes = [Line((x, 0.21), (x, 0.28), 0.018, dark) for x in (0.44, 0.5, 0.56)]
    shapes += stripes if rng.random() < 0.6 else []
    for side in (-1, 1):
        shapes.append(Ellipse((0.5 + side * 0.095, 0.355), (0.05, 0.04), eye))
        shapes.append(Ellipse((0.5 + side * 0.095, 0.355), (0.012, 0.037), BLACK))
        for end in (0.41, 0.46, 0.51):
            shapes.append(Line((0.5 + side * 0.06, 0.46), (0.5 + side * 0.32, end), 0.008, WHITE))
    shapes.append(Ellipse((0.5, 0.475), (0.075, 0.05), WHITE))
    shapes.append(Polygon(((0.47, 0.43), (0.53, 0.43), (0.5, 0.465)), PINK))
    return shapes


def arched_cat(rng: np.random.Generator) -> list[Shape]:
    """From the side, with its back arched and its tail up."""
    fur, dark = _fur_colors(rng, FUR_COLORS)
    eye, top = ((0.5, 0.7, 0.2), (0.8, 0.7, 0.1))[rng.integers(2)], rng.uniform(0.03, 0.12)
    shapes: list[Shape] = [
        Line((0.2, 0.5), (0.1, 0.3), 0.06, fur),
        Line((0.1, 0.3), (0.15, top), 0.055, fur),
    ]
    for hip, foot, color in (
        (0.24, 0.26, dark),
        (0.6, 0.56, dark),
        (0.22, 0.16, fur),
        (0.62, 0.68, fur),
    ):
        shapes.append(Line((hip, 0.58), (foot, 0.91), 0.065, color))
        shapes.append(Line((foot, 0.915), (foot + 0.04, 0.915), 0.05, color))
    shapes += [
        Ellipse((0.26, 0.53), (0.11, 0.14), fur),
        Ellipse((0.42, 0.44), (0.24, 0.14), fur),
        Ellipse((0.6, 0.53), (0.11, 0.14), fur),
        Polygon(((0.68, 0.4), (0.69, 0.22), (0.77, 0.32)), fur),
        Polygon(((0.8, 0.32), (0.89, 0.22), (0.89, 0.4)), fur),
        Ellipse((0.78, 0.44), (0.135, 0.125), fur),
    ]
    if rng.random() < 0.6:
        shapes += [Line((x, 0.32), (x, 0.44), 0.022, dark) for x in (0.34, 0.42, 0.5)]
    for x in (0.73, 0.84):
        shapes += [
            Ellipse((x, 0.42), (0.03, 0.026), eye),
            Ellipse((x, 0.42), (0.009, 0.024), BLACK),
        ]
    for side in (-1, 1):
        shapes += [
            Line((0.785 + side * 0.03, 0.49), (0.785 + side * 0.19, end), 0.008, WHITE)
            for end in (0.46, 0.51)
        ]
    return [*shapes, Polygon(((0.76, 0.465), (0.81, 0.465), (0.785, 0.495)), PINK)]


def deer(rng: np.random.Generator) -> list[Shape]:
    """With antlers and thin legs."""
    fur, dark = _fur_colors(rng, (FUR_COLORS[0], (0.55, 0.33, 0.15)))
    bone, tines = (0.75, 0.65, 0.5), int(rng.integers(2, 4))
    shapes = _legs((0.22, 0.3, 0.54, 0.62), 0.62, 0.93, 0.032, (fur, dark))
    shapes += [
        Ellipse((0.16, 0.52), (0.035, 0.05), WHITE),
        Ellipse((0.42, 0.56), (0.27, 0.115), fur),
        Polygon(((0.52, 0.54), (0.68, 0.58), (0.78, 0.32), (0.7, 0.28)), fur),
        Ellipse((0.78, 0.31), (0.115, 0.055), fur, 22),
        Ellipse((0.67, 0.255), (0.06, 0.022), dark, 20),
        Ellipse((0.87, 0.345), (0.022, 0.02), BLACK),
        Ellipse((0.77, 0.29), (0.015, 0.015), BLACK),
    ]
    for foot, lean in ((0.72, -0.1), (0.75, 0.08)):
        end = foot + lean, 0.03
        shapes.append(Line((foot, 0.26), end, 0.022, bone))
        for k in range(tines):
            share = (k + 1) / (tines + 0.6)
            root = foot + share * lean, 0.26 - 0.23 * share
            shapes.append(Line(root, (root[0] + 0.085, root[1] - 0.075), 0.018, bone))
    spots = [
        Ellipse(tuple(at), (0.014, 0.012), WHITE)
        for at in rng.uniform((0.25, 0.5), (0.58, 0.58), (7, 2))
    ]
    return shapes + spots


def grazing_deer(rng: np.random.Generator) -> list[Shape]:
    """With its head at the ground."""
    fur, dark = _fur_colors(rng, (FUR_COLORS[0], (0.55, 0.33, 0.15)))
    bone, tines = (0.75, 0.65, 0.5), int(rng.integers(2, 4))
    shapes = _legs((0.16, 0.24, 0.5, 0.58), 0.5, 0.92, 0.032, (fur, dark))
    shapes += [
        Ellipse((0.1, 0.4), (0.035, 0.055), WHITE),
        Ellipse((0.36, 0.42), (0.28, 0.125), fur),
        Polygon(((0.46, 0.34), (0.6, 0.36), (0.8, 0.72), (0.71, 0.78), (0.54, 0.52)), fur),
        Ellipse((0.8, 0.81), (0.125, 0.055), fur, 42),
        Ellipse((0.66, 0.72), (0.06, 0.022), dark, 25),
        Ellipse((0.885, 0.895), (0.022, 0.02), BLACK),
        Ellipse((0.79, 0.78), (0.015, 0.015), BLACK),
    ]
    for foot, lean in ((0.74, 0.0), (0.79, 0.14)):
        end = foot + lean, 0.42
        shapes.append(Line((foot, 0.71), end, 0.022, bone))
        for k in range(tines):
            share = (k + 1) / (tines + 0.6)
            root = foot + share * lean, 0.71 - 0.29 * share
            shapes.append(Line(root, (root[0] + 0.09, root[1] - 0.06), 0.018, bone))
    spots = [
        Ellipse(tuple(at), (0.014, 0.012), WHITE)
        for at in rng.uniform((0.18, 0.36), (0.5, 0.44), (7, 2))
    ]
    return shapes + spots


def dog(rng: np.random.Generator) -> list[Shape]:
    """With hanging ears, a short muzzle and its tail up."""
    fur, dark = _fur_colors(rng, FUR_COLORS)
    tail, patch = rng.uniform(0.18, 0.32), rng.random() < 0.5
    shapes: list[Shape] = [Line((0.16, 0.52), (0.06, tail), 0.05, fur)]
    shapes += _legs((0.2, 0.27, 0.52, 0.59), 0.6, 0.92, 0.075, (fur, dark))
    shapes += [
        Ellipse((0.39, 0.56), (0.26, 0.135), fur),
        Polygon(((0.5, 0.5), (0.62, 0.62), (0.72, 0.42), (0.6, 0.34)), fur),
        Ellipse((0.7, 0.34), (0.135, 0.13), fur),
        Ellipse((0.83, 0.4), (0.1, 0.062), fur, 8),
        Ellipse((0.92, 0.375), (0.03, 0.025), BLACK),
        Line((0.8, 0.44), (0.9, 0.435), 0.012, BLACK),
        Ellipse((0.745, 0.3), (0.02, 0.02), BLACK),
        Ellipse((0.61, 0.38), (0.055, 0.135), dark, 10),
        Line((0.6, 0.53), (0.68, 0.47), 0.03, (0.8, 0.1, 0.1)),
    ]
    return [*shapes, Ellipse((0.35, 0.52), (0.1, 0.07), dark, 15)] if patch else shapes


def sitting_dog(rng: np.random.Generator) -> list[Shape]:
    """From the side, with its tongue out."""
    fur, dark = _fur_colors(rng, FUR_COLORS)
    tail, patch = rng.uniform(0.6, 0.8), rng.random() < 0.5
    shapes: list[Shape] = [
        Line((0.26, 0.85), (0.06, tail), 0.05, fur),
        Line((0.58, 0.6), (0.6, 0.91), 0.075, dark),
        Ellipse((0.42, 0.64), (0.29, 0.155), fur, -58),
        Ellipse((0.34, 0.78), (0.15, 0.14), fur),
        Line((0.33, 0.91), (0.46, 0.91), 0.06, fur),
        Line((0.53, 0.55), (0.53, 0.91), 0.08, fur),
        Line((0.53, 0.915), (0.58, 0.915), 0.06, fur),
        Line((0.52, 0.5), (0.56, 0.28), 0.17, fur),
        Ellipse((0.59, 0.22), (0.135, 0.13), fur),
        Ellipse((0.73, 0.27), (0.105, 0.062), fur, 8),
        Line((0.74, 0.34), (0.75, 0.41), 0.04, (0.85, 0.35, 0.4)),
        Ellipse((0.825, 0.245), (0.03, 0.025), BLACK),
        Ellipse((0.64, 0.18), (0.02, 0.02), BLACK),
        Ellipse((0.5, 0.27), (0.055, 0.135), dark, 12),
        Line((0.48, 0.44), (0.6, 0.4), 0.03, (0.8, 0.1, 0.1)),
    ]
    return [*shapes, Ellipse((0.4, 0.6), (0.1, 0.07), dark, -55)] if patch else shapes


def frog(rng: np.random.Generator) -> list[Shape]:
    """Broad, low and green, its face to the viewer."""
    skin, dark = _fur_colors(rng, ((0.3, 0.65, 0.2), (0.45, 0.55, 0.15), (0.2, 0.5, 0.3)))
    wide = rng.uniform(0.27, 0.32)
    shapes: list[Shape] = []
    for side in (-1, 1):
        shapes += [
            Ellipse((0.5 + side * 0.3, 0.68), (0.17, 0.1), dark, side * -35),
            Line((0.5 + side * 0.3, 0.8), (0.5 + side * 0.44, 0.84), 0.05, skin),
        ]
    shapes.append(Ellipse((0.5, 0.64), (wide, 0.2), skin))
    shapes.append(Ellipse((0.5, 0.72), (0.75 * wide, 0.11), (0.8, 0.85, 0.55)))
    for side in (-1, 1):
        shapes += [
            Line((0.5 + side * 0.17, 0.72), (0.5 + side * 0.14, 0.86), 0.07, skin),
            *[
                Line((0.5 + side * 0.14, 0.86), (0.5 + side * 0.14 + toe, 0.9), 0.025, skin)
                for toe in (-0.06, 0, 0.06)
            ],
        ]
    shapes.append(Ellipse((0.5, 0.45), (wide, 0.15), skin))
    for side in (-1, 1):
        x = 0.5 + side * 0.17
        shapes += [
            Ellipse((x, 0.32), (0.085, 0.085), skin),
            Ellipse((x, 0.31), (0.055, 0.055), YELLOW),
            Ellipse((x, 0.31), (0.04, 0.018), BLACK),
        ]
    shapes += [Line((0.5 - 0.8 * wide, 0.47), (0.5, 0.52), 0.018, BLACK)]
    shapes += [Line((0.5, 0.52), (0.5 + 0.8 * wide, 0.47), 0.018, BLACK)]
    return shapes


def frog_from_above(rng: np.random.Generator) -> list[Shape]:
    """With its legs spread."""
    skin, dark = _fur_colors(rng, ((0.3, 0.65, 0.2), (0.45, 0.55, 0.15), (0.2, 0.5, 0.3)))
    wide, knee = rng.uniform(0.15, 0.19), rng.uniform(0.52, 0.6)
    shapes: list[Shape] = []

    def add_limb(side: int, points: tuple[Point, ...], width: float) -> None:
        """A bent limb with three toes; points from the body to the foot."""
        foot = points[-1]
        toes = [(foot[0] + x, foot[1] + y) for x, y in ((0.07, 0.0), (0.05, -0.05), (0.05, 0.05))]
        bones = [(*bone, width) for bone in pairwise(points)] + [(foot, toe, 0.022) for toe in toes]
        shapes.extend(
            Line((0.5 + side * ax, ay), (0.5 + side * bx, by), wide, skin)
            for (ax, ay), (bx, by), wide in bones
        )

    for side in (-1, 1):
        add_limb(side, ((0.1, 0.72), (0.36, knee), (0.2, 0.8), (0.38, 0.88)), 0.08)
        add_limb(side, ((0.1, 0.4), (0.3, 0.42), (0.34, 0.26)), 0.055)
    shapes.append(Ellipse((0.5, 0.54), (wide, 0.26), skin))
    shapes.append(Ellipse((0.5, 0.3), (0.9 * wide, 0.13), skin))
    shapes += [Line((0.5 + x, 0.4), (0.5 + 0.8 * x, 0.72), 0.03, dark) for x in (-0.08, 0.08)]
    for side in (-1, 1):
        shapes += [
            Ellipse((0.5 + side * 0.11, 0.24), (0.055, 0.055), YELLOW),
            Ellipse((0.5 + side * 0.12, 0.235), (0.02, 0.035), BLACK),
        ]
    return shapes


def horse(rng: np.random.Generator) -> list[Shape]:
    """Tall, with a mane and a long tail."""
    fur, dark = _fur_colors(rng, FUR_COLORS)
    hair = (BLACK, WHITE)[rng.integers(2)]
    shapes: list[Shape] = [Line((0.13, 0.44), (0.06, 0.74), 0.065, hair)]
    shapes += _legs((0.19, 0.28, 0.52, 0.6), 0.58, 0.94, 0.052, (fur, dark))
    shapes += [
        Ellipse((0.38, 0.5), (0.28, 0.145), fur),
        Polygon(((0.44, 0.45), (0.64, 0.56), (0.8, 0.24), (0.66, 0.14)), fur),
        Polygon(((0.68, 0.13), (0.72, 0.03), (0.77, 0.14)), fur),
        Polygon(((0.66, 0.14), (0.78, 0.13), (0.96, 0.33), (0.9, 0.4), (0.74, 0.29)), fur),
        Polygon(((0.69, 0.1), (0.66, 0.1), (0.38, 0.4), (0.5, 0.43), (0.67, 0.22)), hair),
        Ellipse((0.79, 0.2), (0.016, 0.016), BLACK),
        Ellipse((0.92, 0.34), (0.012, 0.012), BLACK),
    ]
    shapes += [Line((x, 0.91), (x + 0.03, 0.93), 0.055, BLACK) for x in (0.19, 0.28, 0.52, 0.6)]
    saddle = Ellipse((0.38, 0.38), (0.1, 0.05), (0.5, 0.15, 0.1))
    return [*shapes, saddle] if rng.random() < 0.4 else shapes


def galloping_horse(rng: np.random.Generator) -> list[Shape]:
    """With stretched legs, its mane and tail in the wind."""
    fur, dark = _fur_colors(rng, FUR_COLORS)
    hair, reach = (BLACK, WHITE)[rng.integers(2)], rng.uniform(-0.03, 0.03)
    shapes: list[Shape] = [
        Line((0.2, 0.4), (0.1, 0.37), 0.065, hair),
        Line((0.1, 0.37), (0.03, 0.45), 0.055, hair),
    ]
    for hip, knee, foot, color in (
        ((0.26, 0.52), (0.22, 0.68), (0.08 - reach, 0.76), dark),
        ((0.6, 0.52), (0.78, 0.58), (0.78 + reach, 0.72), dark),
        ((0.24, 0.5), (0.14, 0.64), (0.05 - reach, 0.66), fur),
        ((0.62, 0.5), (0.8, 0.5), (0.93 + reach, 0.58), fur),
    ):
        shapes += [Line(hip, knee, 0.075, color), Line(knee, foot, 0.045, color)]
        shapes.append(Ellipse(foot, (0.032, 0.032), BLACK))
    shapes += [
        Ellipse((0.42, 0.46), (0.27, 0.115), fur),
        Ellipse((0.26, 0.46), (0.11, 0.12), fur),
        Polygon(((0.54, 0.37), (0.66, 0.53), (0.86, 0.26), (0.76, 0.16)), fur),
        Polygon(((0.76, 0.16), (0.77, 0.07), (0.83, 0.16)), fur),
        Polygon(((0.76, 0.16), (0.85, 0.15), (0.99, 0.3), (0.95, 0.37), (0.82, 0.3)), fur),
        Ellipse((0.86, 0.21), (0.015, 0.015), BLACK),
        Ellipse((0.96, 0.32), (0.012, 0.012), BLACK),
    ]
    for x, y in ((0.77, 0.14), (0.71, 0.21), (0.65, 0.28)):
        shapes.append(
            Polygon(((x, y), (x - 0.16, y - 0.02), (x - 0.12, y + 0.06), (x - 0.04, y + 0.1)), hair)
        )
    saddle = Ellipse((0.45, 0.37), (0.1, 0.045), (0.5, 0.15, 0.1))
    return [*shapes, saddle] if rng.random() < 0.4 else shapes
