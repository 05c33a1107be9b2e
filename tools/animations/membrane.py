"""A membrane three times: a leaky bucket, an RC circuit, and the trace of its potential."""

import xml.etree.ElementTree as ET

import numpy as np

from animations.svg import LARGE, SMALL, SMALLEST, Animation, number
from liaf_ref.kernels import activation, neuron, spike

TITLE = "A membrane is a leaky bucket and an RC circuit"
DESCRIPTION = (
    "Upper left: a bucket with a hole and a mark. Water flows in and leaks out; when the level "
    "reaches the mark, the bucket is emptied. Upper right: a current charges a capacitor, which "
    "leaks through a resistor and is discharged by a switch at the threshold. Below: the membrane "
    "potential over eight time steps rises with each input, decays, and returns to 0 after a spike."
)
V_TH, ALPHA = 1.0, 0.8
INPUT = (0.5, 0.5, 0.0, 0.0, 0.6, 0.0, 0.4, 0.0)
HEIGHT = 500
POUR, LEAK = 0, 1  # the two halves of a time step


def run_membrane() -> tuple[list[float], list[bool]]:
    """The potential after each half step, U and then V; and whether the neuron fires."""
    p = neuron.Params(*(np.array([value]) for value in (V_TH, 0.0, ALPHA, 0.0)))
    choices = spike.paper(0.5), activation.identity, neuron.NTR
    _, _, tape = neuron.forward(np.reshape(INPUT, (1, -1, 1)), np.zeros((1, 1)), p, *choices)
    after = ALPHA * tape.R  # (6)
    levels = np.stack([tape.U, after], axis=2).ravel()
    return [float(level) for level in levels], [bool(f) for f in tape.F.ravel()]


def draw() -> bytes:
    """Draw the picture."""
    levels, fires = run_membrane()
    picture = Animation(TITLE, DESCRIPTION, HEIGHT, len(levels), 1.6)
    pour = [2 * t for t, I in enumerate(INPUT) if I > 0]
    fire = [2 * t + 1 for t, fired in enumerate(fires) if fired]
    leak = [2 * t + 1 for t, fired in enumerate(fires) if not fired]
    _draw_bucket(picture, levels, pour, leak, fire)
    _draw_circuit(picture, pour, leak, fire)
    _draw_trace(picture, levels, fires)
    for step, level in enumerate(levels):
        t, half = divmod(step, 2)
        text = f"Step {t + 1}: "
        if half == POUR:
            text += f"input {number(INPUT[t], 1)}, " if INPUT[t] else "no input, "
            text += f"*U* = {number(level)}"
        elif fires[t]:
            text += "*U* has reached *V*_th: spike, reset"
        else:
            text += f"the leak leaves 0.8 *U* = {number(level)}"
        picture.text(text, (14, 488), picture.group([step], False), SMALL)
    words = "Input raises *U*, the leak lowers it, a spike resets."
    picture.text(words, (14, 488), picture.group([], True), SMALL)
    return picture.to_bytes()


def _draw_bucket(
    picture: Animation, levels: list[float], pour: list[int], leak: list[int], fire: list[int]
) -> None:
    left, right, bottom, unit = 34, 150, 200, 104  # unit: the height of a potential of 1
    picture.text("Leaky bucket", (14, 28), size=LARGE, weight="b")
    clip = picture.add("clipPath", id="bucket")
    picture.rect((left, 50), (right - left, bottom - 50), clip, fill="ink")
    inside = picture.add("g", clip_path="url(#bucket)")
    places = [(0.0, -unit * level) for level in levels]
    water = picture.moving(places, 2, inside)
    picture.rect((left, bottom), (right - left, 200), water, "U", fill_opacity="0.45")
    wall = f"M{left} 66V{bottom}H86M98 {bottom}H{right}V66"
    picture.add("path", stroke="ink", d=wall, stroke_width=3.5)
    mark = bottom - unit * V_TH
    picture.threshold(f"M{left - 6} {mark}H{right + 6}", width=2.5)
    picture.text("*V*_th", (right + 10, mark + 5))
    drop = picture.group(pour, True)
    picture.arrow("M92 40V72", (92, 82), "down", "I", drop, 6)
    picture.text("*I*", (106, 60), drop)
    out = picture.group(leak, True)
    picture.arrow(f"M92 {bottom + 3}v14", (92, bottom + 26), "down", "U", out, 5)
    picture.text("leak", (106, bottom + 22), out)
    empty = picture.group(fire, False)
    picture.text("spike", (92, 140), empty, LARGE, "middle", weight="b")


def _draw_circuit(picture: Animation, pour: list[int], leak: list[int], fire: list[int]) -> None:
    """A current source, a capacitor, a resistor and a switch, in parallel."""
    top, bottom = 76, 196
    picture.text("RC circuit", (212, 28), size=LARGE, weight="b")
    picture.add("path", stroke="ink", d=f"M222 {top}H376M222 {bottom}H376", stroke_width=2)
    for x, name in ((222, "*I*"), (274, "*C*"), (325, "*R*_m"), (376, "")):
        lines = {
            222: f"M222 {top}V116M222 156V{bottom}",
            274: f"M274 {top}V130M274 142V{bottom}M260 130h28M260 142h28",
            325: f"M325 {top}V112M325 160V{bottom}",
            376: f"M376 {top}V118M376 154V{bottom}",
        }[x]
        picture.add("path", stroke="ink", d=lines, stroke_width=2)
        if name:
            picture.text(name, (x + (26 if x == 222 else 18), 120 if x == 274 else 141))
    picture.add("circle", stroke="ink", cx=222, cy=136, r=20, stroke_width=2)
    picture.arrow("M222 148V132", (222, 124), "up", "ink", None, 2)
    picture.rect((317, 112), (16, 48), stroke="ink", stroke_width=2)
    picture.text("*U* at the top wire", (299, 66), anchor="middle")
    picture.text("reset at *V*_th", (388, 220), anchor="end")
    opened = [step for step in range(2 * len(INPUT)) if step not in fire]
    _switch(picture, picture.group(opened, True), "M376 154L390 122")
    _switch(picture, picture.group(fire, False), "M376 154V118")
    charging = picture.group(pour, True)
    picture.arrow(f"M226 {top}H252", (262, top), "right", "I", charging, 5)
    picture.arrow(f"M274 {top + 6}V112", (274, 122), "down", "I", charging, 5)
    leaking = picture.group(leak, True)
    picture.arrow(f"M325 {top + 6}V96", (325, 106), "down", "U", leaking, 5)
    resetting = picture.group(fire, False)
    picture.arrow(f"M376 {top + 6}V96", (376, 106), "down", "F", resetting, 5)


def _switch(picture: Animation, parent: ET.Element, path: str) -> None:
    picture.add("path", parent, stroke="F", d=path, stroke_width=3)


def _draw_trace(picture: Animation, levels: list[float], fires: list[bool]) -> None:
    bottom, unit, left, gap = 428, 126, 46, 41

    def x(t: float) -> float:
        return left + gap * (t + 0.3)

    def y(level: float) -> float:
        return bottom - unit * level

    picture.text("Trace of the potential", (14, 252), size=LARGE, weight="b")
    picture.add("path", stroke="soft", d=f"M{left} {bottom}H390")
    picture.threshold(f"M{left} {y(V_TH)}H390")
    picture.text("*V*_th", (10, y(V_TH) + 5))
    picture.text("0", (26, bottom + 5))
    last, end = 0.0, len(levels)
    for t, fired in enumerate(fires):
        U, V = levels[2 * t], levels[2 * t + 1]
        rise = picture.group(range(2 * t, end), True)
        line = f"M{x(t):.1f} {y(last):.1f}V{y(U):.1f}"
        picture.add("path", rise, stroke="U", d=line, stroke_width=2.5)
        picture.add("circle", rise, "U", cx=x(t), cy=y(U), r=5)
        fall = picture.group(range(2 * t + 1, end), True)
        middle, there = x(t + 0.5), x(t + 1)
        if fired:
            picture.add(
                "path", fall, stroke="F", d=f"M{x(t):.1f} {y(1.14):.1f}v-20", stroke_width=5
            )
            line = f"M{x(t):.1f} {y(U):.1f}V{y(V):.1f}H{there:.1f}"
        else:
            line = f"M{x(t):.1f} {y(U):.1f}Q{middle:.1f} {y(V + 0.3 * (U - V)):.1f} "
            line += f"{there:.1f} {y(V):.1f}"
        picture.add("path", fall, stroke="U", d=line, stroke_width=2.5)
        picture.text(str(t + 1), (x(t), bottom + 20), anchor="middle", fill="soft", size=SMALLEST)
        if INPUT[t] > 0:
            bar = f"M{x(t):.1f} {bottom + 26}v{20 * INPUT[t]:.0f}"
            picture.add("path", rise, stroke="I", d=bar, stroke_width=6)
        last = V
    picture.text("*I*", (14, bottom + 38), fill="soft")
