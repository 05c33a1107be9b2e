"""Backpropagation through time, step by step, for one neuron: Eqs. (10)-(13)."""

import xml.etree.ElementTree as ET
from typing import NamedTuple

import numpy as np

from animations.neuron import ALPHA, BETA, INPUT, MU, V_RESET, V_TH, run_neuron
from animations.svg import LARGE, SMALLEST, WIDTH, Animation, number
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.array import Array

TITLE = "Backpropagation through time, from the last step to the first"
DESCRIPTION = (
    "A plot of U over four time steps has a band of half-width mu around the threshold, which is "
    "the window. A table below it fills from the last step to the first, with dV, dR, the window "
    "and dU. In steps whose U lies in the band, the window is 1; elsewhere it is 0."
)
MINUS = "\N{MINUS SIGN}"
STAGES = ("dV", "dR", "window", "dU")
LABELS = ("*dV*", "*dR*", "window", "*dU*")
HEIGHT = 510
TOP, ROW = 264, 34  # of the table
PLOT = (206, 118)  # where U = 0 is, and the height of 1


class Gradients(NamedTuple):
    """Gradients of the sum of all outputs, an entry for each time step."""

    dV: Array
    dR: Array
    window: Array
    dU: Array


def run_backward() -> Gradients:
    """Differentiate the sum of the outputs of ``run_neuron``; the kernels compute dU."""
    p = neuron.Params(*(np.array([value]) for value in (V_TH, V_RESET, ALPHA, BETA)))
    choices = spike.paper(MU), activation.identity, neuron.TR
    drive, start = np.reshape(INPUT, (1, -1, 1)), np.zeros((1, 1))
    Y, _, tape = neuron.forward(drive, start, p, *choices)
    dI, _, _ = neuron.backward(np.ones_like(Y), start, tape, *choices)
    dU = dI.ravel()  # (3): equal to the gradient in I
    dV = np.append(dU[1:], 0.0)  # (3) of the next step; nothing follows the last one
    window = choices[0].slope(tape.U - V_TH).ravel()  # (13)
    return Gradients(dV, ALPHA * dV, window, dU)  # (6)


def draw() -> bytes:
    """Draw the picture."""
    trace, found = run_neuron(), run_backward()
    T = len(trace.U)
    picture = Animation(TITLE, DESCRIPTION, HEIGHT, T * len(STAGES) + 1, 2.0)
    picture.text("Backpropagation through time", (14, 28), size=LARGE, weight="b")
    picture.text("The loss is the sum of all *Y*, so *dY* = 1.", (14, 52), fill="soft")
    _draw_plot(picture, trace.U)
    for row, label in enumerate(LABELS):
        picture.text(label, (16, TOP + ROW * row + 23))
        picture.add("path", stroke="line", d=f"M10 {TOP + ROW * row}H{WIDTH - 10}")
    for t in reversed(range(T)):
        _draw_step(picture, trace.U, trace.F, found, t)
    last = picture.group([picture.step_count - 1], False)
    _say(picture, last, "The gradient in each input:", "*dI* = *dU*, equation (3)")
    return picture.to_bytes()


def _x(t: int) -> float:
    return 128 + 75 * t


def _y(value: float) -> float:
    return PLOT[0] - PLOT[1] * value


def _draw_plot(picture: Animation, U: Array) -> None:
    left, right = 90, 390
    picture.rect(
        (left, _y(V_TH + MU)),
        (right - left, _y(V_TH - MU) - _y(V_TH + MU)),
        fill="window",
        fill_opacity="0.18",
    )
    picture.threshold(f"M{left} {_y(V_TH)}H{right}")
    picture.add("path", stroke="soft", d=f"M{left} {_y(0)}H{right}")
    for text, value in (
        ("*V*_th + *μ*", V_TH + MU),
        ("*V*_th", V_TH),
        (f"*V*_th {MINUS} *μ*", V_TH - MU),
        ("0", 0),
    ):
        picture.text(text, (84, _y(value) + 5), anchor="end", size=SMALLEST)
    for t, value in enumerate(U):
        picture.add("circle", fill="U", cx=_x(t), cy=_y(value), r=6)
        picture.text(f"step {t + 1}", (_x(t), 252), anchor="middle", fill="soft")
        picture.text(number(value), (_x(t), _y(value) - 10), anchor="middle", size=SMALLEST)


def _draw_step(picture: Animation, U: Array, F: Array, found: Gradients, t: int) -> None:
    """The four stages of a step: carry dV back, the leak, the window, the sum."""
    T, end = len(U), picture.step_count
    first = (T - 1 - t) * len(STAGES)
    here = picture.group(range(first, first + len(STAGES)), t == 1)
    picture.rect(
        (_x(t) - 36, 66), (72, TOP + 4 * ROW - 64), here, stroke="ink", rx=8, stroke_width=2
    )
    inside = found.window[t] > 0
    lit = picture.group(range(first + 2, end), True)
    if inside:
        picture.rect(
            (_x(t) - 35, _y(V_TH + MU)),
            (70, _y(V_TH - MU) - _y(V_TH + MU)),
            lit,
            "window",
            "window",
            fill_opacity="0.45",
            stroke_width=2,
        )
        picture.add("circle", lit, "U", cx=_x(t), cy=_y(U[t]), r=6)
        picture.threshold(f"M{_x(t) - 35} {_y(V_TH)}h70", lit)
        picture.text(number(U[t]), (_x(t), _y(U[t]) - 10), lit, SMALLEST, "middle")
    for row, name in enumerate(STAGES):
        shown = picture.group(range(first + row, end), True)
        value = getattr(found, name)[t]
        color = "window" if name == "window" and inside else "U"
        if name in ("window", "dU"):
            opacity = "0.5" if name == "window" and inside else "0.2"
            if name == "dU" or inside:
                picture.rect(
                    (_x(t) - 32, TOP + ROW * row + 3),
                    (64, ROW - 6),
                    shown,
                    color,
                    rx=6,
                    fill_opacity=opacity,
                )
        text = number(value, 0) if name == "window" else number(value)
        picture.text(
            text,
            (_x(t), TOP + ROW * row + 23),
            shown,
            anchor="middle",
            weight="b" if name == "dU" else "",
        )
        only = picture.group([first + row], t == 1 and name == "dU")
        if name == "dV" and t + 1 < T:
            start, goal = _x(t + 1), _x(t)
            path = f"M{start - 34} {TOP + 3.5 * ROW}H{goal + 41}V{TOP + ROW / 2}H{goal + 36}"
            picture.arrow(path, (goal + 30, TOP + ROW / 2), "left", "U", only, 2.5)
            places = [(start, 3.0 * ROW)] * first + [(goal, 0.0)] * (end - first)
            token = picture.moving(places, first, only)
            picture.rect((-32, TOP + 3), (64, ROW - 6), token, "U", rx=6, fill_opacity="0.35")
        _say(picture, only, *_words(U, F, found, t, name))


def _words(U: Array, F: Array, found: Gradients, t: int, name: str) -> tuple[str, ...]:
    """What is computed: in symbols, and in numbers."""
    n, dV, dR, window, dU = t + 1, *(float(part[t]) for part in found)
    if name == "dV":
        if n == len(U):
            return f"*dV*^{n} = 0", "Nothing follows the last step."
        return f"*dV*^{n} = *dU*^{n + 1} = {number(dV)}", f"carried back from step {n + 1}"
    if name == "dR":
        return f"*dR*^{n} = *α* *dV*^{n}", f"= {ALPHA} × {number(dV)} = {number(dR)}"
    if name == "window":
        gap = abs(U[t] - V_TH)
        sign, where = ("<", "in") if window else ("≥", "outside")
        text = f"|*U* {MINUS} *V*_th| = {number(gap)} {sign} *μ* = {MU}"
        return text, f"*U* is {where} the window: {number(window, 0)}"
    keep, reset = dR * (1 - F[t]), dR * (V_RESET - U[t]) * window
    sign = MINUS if reset < 0 else "+"
    return (
        f"*dx* = *dR* (*V*_reset {MINUS} *U*) × window = {number(reset)}",
        f"*dU* = *dR* (1 {MINUS} *F*) + *dx* + *dY*",
        f"= {number(keep)} {sign} {number(abs(reset))} + 1 = {number(dU)}",
    )


def _say(picture: Animation, parent: ET.Element, *lines: str) -> None:
    """Lines below the table."""
    for k, line in enumerate(lines):
        picture.text(line, (14, 430 + 28 * k), parent)
