"""The figure "One neuron": LIAF and LIF on the same input, and the gradient of one output."""

from typing import Any

import numpy as np

from documentation.live.figure import (
    Choice,
    LiveFigure,
    MakeSource,
    Panel,
    Slider,
    Sources,
    Values,
    bars,
    key,
    show_numbers,
    steps_plot,
)
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
# Act and mode of Eq. (8), by the choice.
OUTPUTS = {
    "relu": ("relu", "NTR"),
    "relu-tr": ("relu", "TR"),
    "identity-tr": ("identity", "TR"),
    "tanh": ("tanh", "NTR"),
}
V_TH, V_RESET = "<i>V<sub>th</sub></i>", "<i>V<sub>reset</sub></i>"
CONTROLS = (
    Slider("alpha", "<i>α</i>", "leak factor", 0, 1, 0.8),
    Slider("beta", "<i>β</i>", "constant added", 0, 0.3, 0),
    Slider("V_th", V_TH, "threshold", 0.1, 1.2, 0.5),
    Slider("V_reset", V_RESET, "reset potential", -0.5, 0.5, 0),
    Slider("mu", "<i>μ</i>", "half width of the window", 0, 1, 0.3),
    Slider("k", "<i>k</i>", "step of the loss", 1, T, 12, 1),
    Choice(
        "input",
        "Input <i>I</i>",
        {
            "pulses": "pulses",
            "wave": "wave",
            "constant": "constant 0.3",
            "none": "none",
        },
    ),
    Choice(
        "output",
        "Output of LIAF",
        {
            "relu": "ReLU(U), NTR",
            "relu-tr": "ReLU(U \N{MINUS SIGN} V_th), TR",
            "identity-tr": "U \N{MINUS SIGN} V_th, TR",
            "tanh": "tanh(U), NTR",
        },
    ),
)
PRESETS: dict[str, Values] = {
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


def sources(values: Values) -> Sources:
    """Compute every number of the figure with the kernels."""
    I = np.array(INPUTS[values["input"]]).reshape(1, T, 1)
    parameters = (values[name] for name in ("V_th", "V_reset", "alpha", "beta"))
    p = neuron.Params(*(np.array([float(number)]) for number in parameters))
    surrogate = spike.paper(values["mu"])
    act, mode = OUTPUTS[values["output"]]
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
    zero, left, right = np.zeros(T), t - 0.12, t + 0.12
    found: dict[str, dict[str, Any]] = {
        "input": {"t": t, "I": I, "zero": zero},
        "membrane": {
            **{"t": t, "U": U, "F": tape.F, "R": tape.R},
            **{"V": p.alpha * tape.R + p.beta, "J": factors(tape, surrogate)},
        },
        "inside": {"t": t[inside], "U": U[inside]},
        "window": {"low": p.v_th - values["mu"], "high": p.v_th + values["mu"]},
        "threshold": {"V_th": p.v_th},
        "outputs": {
            **{"t": t, "left": left, "right": right, "zero": zero},
            **{"Y_liaf": Y_liaf, "Y_lif": neuron.output(tape, *lif)},
        },
        "gradients": {
            **{"t": t, "left": left, "right": right, "zero": zero},
            **{"dI_liaf": dI_liaf, "dI_lif": dI_lif},
        },
        "loss": {"k": np.array([float(values["k"])])},
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


def panels(make: MakeSource) -> list[Panel]:
    """Draw input, membrane potential, outputs and gradients."""
    lif, liaf = key(COLORS["F"], "LIF"), key(COLORS["Y"], "LIAF")
    received = steps_plot(110, T, ("input I", -0.6, 1.1))
    steps = make("input")
    bars(received, "t", "I", steps, COLORS["I"])
    show_numbers(received, steps, "t", {"I": "I"})
    return [
        Panel("<b>Input</b> <i>I</i>", received),
        _membrane(make),
        Panel(
            f"<b>Output</b> <i>Y</i> {lif} {liaf}",
            _both(make, "outputs", "output", "Y", 140, (-1, 2.5)),
        ),
        Panel(
            "<b>Gradient</b> <i>dI</i> of the loss <i>L</i> = <i>Y</i> at step <i>k</i> (dashed) "
            f"with respect to each input {lif} {liaf}",
            _both(make, "gradients", "gradient", "dI", 170, (-GRADIENT_AXIS, GRADIENT_AXIS)),
        ),
    ]


def _membrane(make: MakeSource) -> Panel:
    """Draw U, R, V, the threshold and the window."""
    panel = steps_plot(200, T, ("potential U, R, V", -1, 2.5))
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
    show_numbers(panel, steps, "t", {name: name for name in "URVFJ"})
    keys = (
        key(green, "<i>U</i>"),
        key(green, "<i>R</i>, after the reset", "\N{WHITE CIRCLE}"),
        key(green, "<i>V</i>, after the leak", "\N{BLACK DIAMOND}"),
        key(purple, "threshold", "\N{EM DASH}"),
        key(orange, "window, and <i>U</i> inside it", "\N{BLACK SQUARE}"),
    )
    return Panel(f"<b>Membrane potential</b>, the same in both neurons {' '.join(keys)}", panel)


def _both(
    make: MakeSource,
    source: str,
    title: str,
    variable: str,
    height: int,
    range_of_y: tuple[float, float],
) -> Any:
    """Draw a variable of LIF and of LIAF side by side, and the step of the loss."""
    panel = steps_plot(height, T, (f"{title} {variable}", *range_of_y))
    panel.vspan("k", source=make("loss"), color=COLORS["I"], line_dash="dashed")
    steps = make(source)
    bars(panel, "left", f"{variable}_lif", steps, COLORS["F"])
    bars(panel, "right", f"{variable}_liaf", steps, COLORS["Y"])
    show_numbers(
        panel, steps, "t", {name: f"{variable}_{name.lower()}" for name in ("LIF", "LIAF")}
    )
    return panel


FIGURE = LiveFigure(
    "one-neuron",
    CONTROLS,
    PRESETS,
    {"inputs": INPUTS, "outputs": OUTPUTS, "axis": GRADIENT_AXIS},
    TABLE,
    sources,
    panels,
)
