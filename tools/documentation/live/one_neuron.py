"""The figure "One neuron": LIAF and LIF on the same input, and the gradient of one output."""

from typing import Any

import numpy as np

from documentation import live
from documentation.live import Choice, Slider, key
from liaf_ref._core.palette import VARIABLE_COLORS as COLORS
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.array import Array

T = 16
GRADIENT_AXIS = 1.6  # its end
WAVE = np.round(0.26 + 0.24 * np.sin(np.arange(T) / 2.7), 2)
INPUTS: dict[str, list[float]] = {
    "pulses": [0, 0, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0, 0, 0, 0.9, 0, 0, -0.4, 0],  # notebook 1
    "wave": WAVE.tolist(),
    "constant": [0.3] * T,
    "none": [0.0] * T,
}
# The label, and Act and mode of Eq. (8), by the choice.
OUTPUTS = {
    "relu": ("ReLU(U), NTR", "relu", "NTR"),
    "relu-tr": ("ReLU(U \N{MINUS SIGN} V_th), TR", "relu", "TR"),
    "identity-tr": ("U \N{MINUS SIGN} V_th, TR", "identity", "TR"),
    "tanh": ("tanh(U), NTR", "tanh", "NTR"),
}
V_TH, V_RESET = "<i>V<sub>th</sub></i>", "<i>V<sub>reset</sub></i>"
SLIDERS = (
    Slider("alpha", "<i>α</i>", "leak factor", 0, 1, 0.8),
    Slider("beta", "<i>β</i>", "constant added", 0, 0.3, 0),
    Slider("V_th", V_TH, "threshold", 0.1, 1.2, 0.5),
    Slider("V_reset", V_RESET, "reset potential", -0.5, 0.5, 0),
    Slider("mu", "<i>μ</i>", "half width of the window", 0, 1, 0.3),
    Slider("k", "<i>k</i>", "step of the loss", 1, T, 12, 1),
)
DRIVES = {"pulses": "pulses", "wave": "wave", "constant": "constant 0.3", "none": "none"}
CHOICES = (
    Choice("input", "Input <i>I</i>", DRIVES),
    Choice("output", "Output of LIAF", {name: label for name, (label, *_) in OUTPUTS.items()}),
)
PRESETS: dict[str, live.Values] = {
    "no memory": {"alpha": 0},
    "no leak": {"alpha": 1, "V_th": 1.2, "mu": 0.6},
    "fires by itself": {"input": "none", "beta": 0.3, "k": 16},
    "wide window": {"mu": 0.6},
    "no window": {"mu": 0},
}
TABLE = (
    ("membrane", "t", "<i>t</i>"),
    ("input", "I", "<i>I</i>"),
    ("membrane", "U", "<i>U</i> (3)"),
    ("membrane", "F", "<i>F</i> (4)"),
    ("membrane", "R", "<i>R</i> (5)"),
    ("membrane", "V", "<i>V</i> (6)"),
    ("outputs", "Y_lif", "<i>Y</i> of LIF (7)"),
    ("outputs", "Y_liaf", "<i>Y</i> of LIAF (8)"),
    ("membrane", "J", "factor (12)"),
    ("gradients", "dI_lif", "<i>dI</i> of LIF"),
    ("gradients", "dI_liaf", "<i>dI</i> of LIAF"),
)


def sources(values: live.Values) -> live.Sources:
    """Compute every number of the figure with the kernels."""
    I = np.array(INPUTS[values["input"]]).reshape(1, T, 1)
    parameters = (values[name] for name in ("V_th", "V_reset", "alpha", "beta"))
    p = neuron.Params(*(np.array([float(number)]) for number in parameters))
    surrogate = spike.paper(values["mu"])
    _, act, mode = OUTPUTS[values["output"]]
    liaf = activation.ACTIVATIONS[act], getattr(neuron, mode)
    lif = surrogate, neuron.TR
    Y_liaf, _, tape = neuron.forward(I, np.zeros((1, 1)), p, surrogate, *liaf)
    dY = np.zeros_like(I)
    dY[0, values["k"] - 1] = 1
    nothing = np.zeros((1, 1))
    dI_liaf, dI_lif = (
        neuron.backward(dY, nothing, tape, surrogate, *choice)[0] for choice in (liaf, lif)
    )
    t = np.arange(1.0, T + 1)
    U = tape.U.ravel()
    inside = surrogate.slope(U - p.v_th) == 1
    zero = np.zeros(T)
    V, J = p.alpha * tape.R + p.beta, factors(tape, surrogate)
    beside = {"t": t, "left": t - 0.12, "right": t + 0.12, "zero": zero}
    found: dict[str, dict[str, Any]] = {
        "input": {"t": t, "I": I, "zero": zero},
        "membrane": {"t": t, "U": U, "F": tape.F, "R": tape.R, "V": V, "J": J},
        "inside": {"t": t[inside], "U": U[inside]},
        "window": {"low": p.v_th - values["mu"], "high": p.v_th + values["mu"]},
        "threshold": {"V_th": p.v_th},
        "outputs": beside | {"Y_liaf": Y_liaf, "Y_lif": neuron.output(tape, *lif)},
        "gradients": beside | {"dI_liaf": dI_liaf, "dI_lif": dI_lif},
        "loss": {"k": float(values["k"])},
    }
    return {name: lists(columns) for name, columns in found.items()}


def lists(columns: dict[str, Array]) -> dict[str, list[float]]:
    """Write columns as lists of numbers."""
    return {name: np.ravel(column).tolist() for name, column in columns.items()}


def factors(tape: neuron.Tape, surrogate: Any) -> Array:
    """Eq. (12) at every step: the gradient of V after one step in U, each step as a sample."""
    U, F, R = (z.reshape(-1, 1, 1) for z in (tape.U, tape.F, tape.R))
    one_step = neuron.Tape(U, F, R, tape.p)
    zero, one = np.zeros_like(one_step.U), np.ones_like(one_step.U[:, 0])
    choices = surrogate, activation.identity, neuron.NTR
    return neuron.backward(zero, one, one_step, *choices)[0].ravel()


def panels(make: live.MakeSource) -> list[live.Panel]:
    """Draw input, membrane potential, outputs and gradients."""
    lif, liaf = key(COLORS["F"], "LIF"), key(COLORS["Y"], "LIAF")
    received = live.steps_plot(110, T, ("input I", -0.6, 1.1))
    steps = make("input")
    live.bars(received, "t", "I", steps, COLORS["I"])
    live.show_numbers(received, steps, {"I": "I"})
    outputs = live.steps_plot(140, T, ("output Y", -1, 2.5))
    gradients = live.steps_plot(170, T, ("gradient dI", -GRADIENT_AXIS, GRADIENT_AXIS))
    for panel, source, variable in ((outputs, "outputs", "Y"), (gradients, "gradients", "dI")):
        _draw_both(panel, make("loss"), make(source), variable)
    of_loss = "of the loss <i>L</i> = <i>Y</i> at step <i>k</i> (dashed) with respect to each input"
    return [
        live.Panel("<b>Input</b> <i>I</i>", received),
        _membrane(make),
        live.Panel(f"<b>Output</b> <i>Y</i> {lif} {liaf}", outputs),
        live.Panel(f"<b>Gradient</b> <i>dI</i> {of_loss} {lif} {liaf}", gradients),
    ]


def _membrane(make: live.MakeSource) -> live.Panel:
    """Draw U, R, V, the threshold and the window."""
    panel = live.steps_plot(200, T, ("potential U, R, V", -1, 2.5))
    green, purple, orange = COLORS["U"], COLORS["threshold"], COLORS["window"]
    panel.hstrip("low", "high", source=make("window"), color=orange, alpha=0.25, line_color=None)
    panel.hspan("V_th", source=make("threshold"), color=purple, line_width=2)
    halo = {"size": 16, "color": orange, "alpha": 0.8, "line_color": None}
    panel.scatter("t", "U", source=make("inside"), **halo)
    steps = make("membrane")
    panel.line("t", "U", source=steps, color=green, line_width=2)
    panel.scatter("t", "U", source=steps, color=green, size=7)
    panel.scatter("t", "R", source=steps, color=green, size=8, fill_color=None)
    panel.scatter("t", "V", source=steps, color=green, size=9, marker="diamond", fill_alpha=0.4)
    live.show_numbers(panel, steps, {name: name for name in "URVFJ"})
    keys = (
        key(green, "<i>U</i>"),
        key(green, "<i>R</i>, after the reset", "\N{WHITE CIRCLE}"),
        key(green, "<i>V</i>, after the leak", "\N{BLACK DIAMOND}"),
        key(purple, "threshold", "\N{EM DASH}"),
        key(orange, "window, and <i>U</i> inside it", "\N{BLACK SQUARE}"),
    )
    title = "<b>Membrane potential</b>, the same in both neurons"
    return live.Panel(f"{title} {' '.join(keys)}", panel)


def _draw_both(panel: Any, loss: Any, steps: Any, variable: str) -> None:
    """Draw a variable of LIF and of LIAF side by side, and the step of the loss."""
    panel.vspan("k", source=loss, color=COLORS["I"], line_dash="dashed")
    columns = {name: f"{variable}_{name.lower()}" for name in ("LIF", "LIAF")}
    live.bars(panel, "left", columns["LIF"], steps, COLORS["F"])
    live.bars(panel, "right", columns["LIAF"], steps, COLORS["Y"])
    live.show_numbers(panel, steps, columns)


FIGURE = live.LiveFigure(
    "one-neuron",
    SLIDERS,
    CHOICES,
    PRESETS,
    {
        "inputs": INPUTS,
        "outputs": {name: own[1:] for name, own in OUTPUTS.items()},
        "axis": GRADIENT_AXIS,
    },
    TABLE,
    sources,
    panels,
)
