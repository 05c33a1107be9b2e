"""A neuron steps through Eqs. (3)-(8): each equation lights up when it is computed."""

import xml.etree.ElementTree as ET
from typing import NamedTuple

import numpy as np

from animations.svg import LARGE, NORMAL, SMALLEST, WIDTH, Animation, number
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.array import Array

TITLE = "A neuron computes Eqs. (3) to (8), step by step"
DESCRIPTION = (
    "Five boxes in a row hold I, U, F, R and V; a sixth holds the output Y. At each time step "
    "the equations light up one after the other, and their results appear in the boxes. "
    "V goes back to U for the next time step. A plot below shows U and the threshold."
)
V_TH, V_RESET, ALPHA, BETA, MU = 0.5, 0.0, 0.8, 0.0, 0.3
INPUT = (0.3, 0.3, 0.0, 0.9)
EQUATIONS = {
    3: "*U* = *I* + *V*",
    4: "*F* = *S*(*U* \N{MINUS SIGN} *V*_th)",
    5: "*R* = *F* *V*_reset + (1 \N{MINUS SIGN} *F*) *U*",
    6: "*V* = *α* *R* + *β*",
    8: "*Y* = *U* \N{MINUS SIGN} *V*_th",
}
ORDER = tuple(EQUATIONS)
COLOR = {"I": "I", "U": "U", "F": "F", "R": "U", "V": "U", "Y": "Y"}
RESULT = {3: "U", 4: "F", 5: "R", 6: "V", 8: "Y"}  # of each equation
PLACES = {
    "I": (40, 98),
    "U": (120, 98),
    "F": (200, 98),
    "R": (280, 98),
    "V": (360, 98),
    "Y": (120, 184),
}
BOX = (62, 36)
HEIGHT = 556


class Trace(NamedTuple):
    """Variables of one neuron, an entry for each time step; V_before is V of the step before."""

    I: Array
    U: Array
    F: Array
    R: Array
    V: Array
    Y: Array
    V_before: Array


def run_neuron(I: tuple[float, ...] = INPUT) -> Trace:
    """Run LIAF (TR, Act the identity) from V = 0; the kernels compute all numbers."""
    p = neuron.Params(*(np.array([value]) for value in (V_TH, V_RESET, ALPHA, BETA)))
    choices = spike.paper(MU), activation.identity, neuron.TR
    drive, start = np.reshape(I, (1, -1, 1)), np.zeros((1, 1))
    Y, _, tape = neuron.forward(drive, start, p, *choices)
    V = [neuron.forward(drive[:, :t], start, p, *choices)[1].item() for t in range(len(I) + 1)]
    U, F, R = (part.ravel() for part in (tape.U, tape.F, tape.R))
    return Trace(np.array(I), U, F, R, np.array(V[1:]), Y.ravel(), np.array(V[:-1]))


def draw() -> bytes:
    """Draw the picture."""
    trace = run_neuron()
    T, per_step = len(trace.I), len(ORDER)
    picture = Animation(TITLE, DESCRIPTION, HEIGHT, T * per_step, 1.6)
    _draw_wires(picture)
    still = 1  # the time step that is shown without motion: the first that fires
    for t in range(T):
        during = range(t * per_step, (t + 1) * per_step)
        head = picture.group(during, t == still)
        picture.text(f"Time step {t + 1} of {T}", (14, 28), head, LARGE, weight="b")
        _draw_values(picture, trace, t, t == still)
        _draw_carried(picture, trace, t, t == still)
        _draw_equations(picture, trace, t, t == still)
    for row, text in enumerate(EQUATIONS.values()):  # on top of what lights them up
        picture.text(f"({ORDER[row]})  {text}", (16, _row(row) + 20))
    _draw_plot(picture, trace)
    return picture.to_bytes()


def _draw_wires(picture: Animation) -> None:
    """The boxes and the arrows between them."""
    half = BOX[0] / 2
    for name, (x, y) in PLACES.items():
        picture.rect((x - half, y), (BOX[0], BOX[1]), rx=6, stroke=COLOR[name], stroke_width=2)
        if name != "Y":
            picture.text(f"*{name}*", (x - 22, y - 6), size=NORMAL, anchor="middle")
    for name in "IUFR":
        right, middle = PLACES[name][0] + half, PLACES[name][1] + BOX[1] / 2
        picture.arrow(f"M{right} {middle}h11", (right + 17, middle), "right", "soft")
    picture.arrow("M360 98V56H120V84", (120, 94), "down", "soft")
    picture.arrow("M120 134V172", (120, 180), "down", "soft")
    picture.text("*Y*", (75, 208), size=NORMAL, anchor="middle")
    picture.text("LIAF sends *Y*", (120, 240), anchor="middle")
    picture.arrow("M200 134V172", (200, 180), "down", "soft")
    picture.text("LIF sends *F*", (200, 208), anchor="start")


def _row(row: int) -> float:
    return 254 + 28 * row


def _draw_values(picture: Animation, trace: Trace, t: int, still: bool) -> None:
    """Numbers in the boxes: each from when it is computed to the end of the time step."""
    first, end = t * len(ORDER), (t + 1) * len(ORDER)
    since = {"I": first} | {RESULT[key]: first + k for k, key in enumerate(ORDER)}
    for name, (x, y) in PLACES.items():
        value = getattr(trace, name)[t]
        shown = picture.group(range(since[name], end), still)
        picture.rect(
            (x - BOX[0] / 2, y), (BOX[0], BOX[1]), shown, COLOR[name], rx=6, fill_opacity="0.2"
        )
        digits = 0 if name == "F" else 2
        picture.text(number(value, digits), (x, y + 24), shown, NORMAL, "middle", weight="b")


def _draw_carried(picture: Animation, trace: Trace, t: int, still: bool) -> None:
    """V of the step before travels back to U."""
    first, per_step = t * len(ORDER), len(ORDER)
    shown = picture.group(range(first, first + per_step), still)
    places = [(276, 56) if step < first else (184, 56) for step in range(picture.step_count)]
    token = picture.moving(places, first, shown)
    picture.rect((-68, -13), (136, 26), token, "paper")
    text = f"*V* before: {number(trace.V_before[t])}"
    picture.text(text, (0, 5), token, anchor="middle")


def _draw_equations(picture: Animation, trace: Trace, t: int, still: bool) -> None:
    """Light up the equation of each stage; its numbers stay until the time step ends."""
    first, end = t * len(ORDER), (t + 1) * len(ORDER)
    I, U, _, R, V, Y, before = (number(part[t]) for part in trace)
    minus = "\N{MINUS SIGN}"
    fires = trace.F[t] > 0
    sign = f"+ {before}" if trace.V_before[t] >= 0 else f"{minus} {before[1:]}"
    numbers = {
        3: f"{I} {sign} = {U}",
        4: f"{U} ≥ {V_TH}: spike, 1" if fires else f"{U} < {V_TH}: none, 0",
        5: f"reset to {R}" if fires else f"stays {R}",
        6: f"{ALPHA} × {R} = {V}",
        8: f"{U} {minus} {V_TH} = {Y}",
    }
    for row, key in enumerate(ORDER):
        lit = picture.group([first + row], still and key == ORDER[1])
        color = COLOR[RESULT[key]]
        picture.rect(
            (8, _row(row)),
            (WIDTH - 16, 28),
            lit,
            color,
            color,
            rx=6,
            fill_opacity="0.2",
            stroke_width=2,
        )
        shown = picture.group(range(first + row, end), still)
        picture.text(numbers[key], (388, _row(row) + 20), shown, anchor="end")


def _draw_plot(picture: Animation, trace: Trace) -> None:
    """U over time, with the threshold, the spikes, and Y as the distance from the threshold."""
    T = len(trace.I)

    def y(value: float) -> float:
        return 500 - 96 * value

    def x(t: int) -> float:
        return 84 + 72 * t

    left, right = 44, 388
    picture.add("path", stroke="soft", d=f"M{left} {y(0)}H{right}", stroke_width=1)
    picture.threshold(f"M{left} {y(V_TH):.1f}H{right}")
    picture.text("*V*_th", (12, y(V_TH) + 5))
    picture.text("0", (26, y(0) + 5))
    for t in range(T):
        first = t * len(ORDER)
        picture.text(str(t + 1), (x(t), y(0) + 22), anchor="middle", fill="soft")
        dot = picture.group(range(first, len(ORDER) * T), True)
        picture.add("circle", dot, "U", cx=x(t), cy=y(trace.U[t]), r=6)
        bar = picture.group(range(first + 4, len(ORDER) * T), True)
        _bar(picture, bar, x(t) + 13, y(V_TH), y(trace.U[t]))
        if trace.F[t] > 0:
            mark = picture.group(range(first + 1, len(ORDER) * T), True)
            picture.add(
                "path", mark, stroke="F", d=f"M{x(t) - 13:.0f} {y(0) - 2}v-24", stroke_width=5
            )
    picture.text("time step", (388, y(0) + 22), anchor="end", fill="soft", size=SMALLEST)
    picture.add("circle", fill="U", cx=20, cy=540, r=6)
    picture.text("*U*", (31, 545), size=SMALLEST)
    picture.add("path", stroke="F", d="M66 532v16", stroke_width=5)
    picture.text("spike *F*", (75, 545), size=SMALLEST)
    picture.add("path", stroke="Y", d="M156 532v16", stroke_width=5)
    picture.text("*Y*, from *V*_th to *U*", (165, 545), size=SMALLEST)


def _bar(picture: Animation, parent: ET.Element, x: float, start: float, end: float) -> None:
    picture.add("path", parent, stroke="Y", d=f"M{x:.1f} {start:.1f}V{end:.1f}", stroke_width=5)
