"""The live figures: "One neuron" compares LIAF and LIF, "Surrogate gradient" slopes of one LIF."""

from typing import Any

import numpy as np

from documentation import live
from documentation.live import ALPHA, BLUE, GREEN, GREY, ORANGE, Choice, Slider, key
from documentation.live.training import TRAIN_A_NETWORK
from liaf_ref._core.palette import VARIABLE_COLORS as COLORS
from liaf_ref.kernels import activation, neuron, spike
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.surrogate import SHAPES, surrogate

T = 16
START = np.zeros((1, 1))
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
GRADIENT_AXIS = 1.6  # its end
OF_LOSS = "of the loss <i>L</i> = <i>{}</i> at step <i>k</i> (dashed) with respect to each input"
FIXED = {"V_th": 0.5, "beta": 0.0}  # in the second figure
X = np.round(np.linspace(-2, 2, 401), 2)
V_RESET = Slider("V_reset", "<i>V<sub>reset</sub></i>", "reset potential", -0.5, 0.5, 0)
K = Slider("k", "<i>k</i>", "step of the loss", 1, T, 12, 1)


def run(I: Array, values: live.Values, pair: Pair) -> tuple[live.Sources, neuron.Tape]:
    """Compute what both figures have of all steps, and what goes back through them."""
    numbers = (values[name] for name in ("V_th", "V_reset", "alpha", "beta"))
    p = neuron.Params(*(np.array([float(number)]) for number in numbers))
    *_, tape = neuron.forward(I.reshape(1, T, 1), START, p, pair, pair, neuron.TR)
    # Eq. (12) at every step: the gradient of V after one step in U, each step as a sample.
    U, F, R = (z.reshape(-1, 1, 1) for z in (tape.U, tape.F, tape.R))
    alone, one = neuron.Tape(U, F, R, p), np.ones((T, 1))
    J, *_ = neuron.backward(0 * U, one, alone, pair, activation.identity, neuron.NTR)
    slope = pair.slope(tape.U - p.v_th)
    steps = {"t": np.arange(1.0, T + 1), "U": tape.U, "F": tape.F, "slope": slope, "J": J}
    return {"steps": steps, "marks": {"k": np.array([values["k"]])}}, tape


def gradient(tape: neuron.Tape, k: int, pair: Pair, *output: Any) -> Array:
    """Of the output of step k, in the input."""
    dY = np.zeros_like(tape.U)
    dY[0, k - 1] = 1
    return neuron.backward(dY, START, tape, pair, *output)[0]


def flat(sources: live.Sources) -> live.Sources:
    """Columns of a data source are one-dimensional."""
    return {name: {n: np.ravel(x) for n, x in own.items()} for name, own in sources.items()}


def one_neuron(values: live.Values) -> live.Sources:
    """Compute every number of the first figure with the kernels."""
    pair = spike.paper(values["mu"])
    I = np.array(INPUTS[values["input"]])
    sources, tape = run(I, values, pair)
    _, act, mode = OUTPUTS[values["output"]]
    liaf = activation.ACTIVATIONS[act], getattr(neuron, mode)
    steps = sources["steps"]
    steps |= {"I": I, "R": tape.R, "V": tape.p.alpha * tape.R + tape.p.beta}
    for cell, output in (("lif", (pair, neuron.TR)), ("liaf", liaf)):
        steps[f"Y_{cell}"] = neuron.output(tape, *output)
        steps[f"dI_{cell}"] = gradient(tape, values["k"], pair, *output)
    low, high = tape.p.v_th - values["mu"], tape.p.v_th + values["mu"]
    sources["marks"] |= {"V_th": tape.p.v_th, "low": low, "high": high}
    return flat(sources)


def surrogate_gradient(values: live.Values) -> live.Sources:
    """Compute every number of the second figure with the kernels."""
    pairs = {name: surrogate(name, values["mu"]) for name in SHAPES}
    chosen = pairs[values["shape"]]
    sources, tape = run(WAVE, values | FIXED, chosen)
    dI = {n: gradient(tape, values["k"], pair, pair, neuron.TR) for n, pair in pairs.items()}
    sources["steps"] |= {**dI, "dI": dI[values["shape"]], "x": tape.U - tape.p.v_th}
    slopes = {name: pair.slope(X) for name, pair in pairs.items()}
    return flat(sources | {"curves": {"x": X, **slopes, "slope": chosen.slope(X)}})


def draw_one_neuron(steps: Any, marks: Any) -> live.Panels:
    """Draw input, membrane potential, outputs and gradients."""
    shown = {"I": ("I", GREY)}
    yield "<b>Input</b> <i>I</i>", live.bar_plot(110, steps, shown, ("input I", -0.6, 1.1))
    keys = (
        live.POTENTIAL,
        key(GREEN, "<i>R</i>, after the reset", "\N{WHITE CIRCLE}"),
        key(GREEN, "<i>V</i>, after the leak", "\N{BLACK DIAMOND}"),
        live.THRESHOLD,
        key(ORANGE, "window, and <i>U</i> inside it", "\N{BLACK SQUARE}"),
    )
    axis = ("potential U, R, V", -1, 2.5)
    membrane = live.membrane_plot(200, steps, "U R V F J", axis, marks, "V_th")
    membrane.scatter("t", "R", source=steps, color=GREEN, size=8, fill_color=None)
    membrane.scatter("t", "V", source=steps, color=GREEN, size=9, marker="diamond", fill_alpha=0.4)
    yield f"<b>Membrane potential</b>, the same in both neurons {' '.join(keys)}", membrane
    colors = {"LIF": BLUE, "LIAF": COLORS["Y"]}
    cells = " ".join(key(color, cell) for cell, color in colors.items())
    gradient = f"<b>Gradient</b> <i>dI</i> {OF_LOSS.format('Y')}"
    for caption, height, variable, y in (
        ("<b>Output</b> <i>Y</i>", 140, "Y", ("output Y", -1, 2.5)),
        (gradient, 170, "dI", ("gradient dI", -GRADIENT_AXIS, GRADIENT_AXIS)),
    ):
        shown = {cell: (f"{variable}_{cell.lower()}", color) for cell, color in colors.items()}
        yield f"{caption} {cells}", live.bar_plot(height, steps, shown, y, marks)


def draw_surrogate_gradient(steps: Any, marks: Any, curves: Any) -> live.Panels:
    """Draw the slopes, the membrane potential and the gradients."""
    x_axis = ("x = U \N{MINUS SIGN} V_th", -2, 2)
    slopes = live.plot(220, x_axis, ("S and slope", -0.06, 1.15))
    all_shapes = {name: name for name in SHAPES}
    gradients = live.steps_plot(200, steps, all_shapes, ("gradient dI", -1.6, 1.6))
    gradients.vspan("k", source=marks, color=GREY, line_dash="dashed")
    for name in SHAPES:
        slopes.line("x", name, source=curves, color=GREY, line_width=1)
        gradients.line("t", name, source=steps, color=GREY, line_width=1)
    slopes.line([-2, 0, 0, 2], [0, 0, 1, 1], color=BLUE, line_width=2, line_dash="dashed")
    slopes.line("x", "slope", source=curves, color=ORANGE, line_width=3)
    slopes.scatter("x", "slope", source=steps, color=GREEN, size=9)
    of_slopes = (
        key(BLUE, "spike <i>S</i>, forward", "\N{EN DASH}\N{EN DASH}"),
        key(ORANGE, "chosen slope, backward", "\N{EM DASH}"),
        key(GREY, "the other slopes", "\N{EM DASH}"),
        key(GREEN, f"the {T} steps below"),
    )
    yield f"<b>The step and its slope</b> {' '.join(of_slopes)}", slopes
    axis = ("potential U", -0.6, 1.6)
    membrane = live.membrane_plot(170, steps, "U F slope J", axis, marks, FIXED["V_th"])
    halo = key(ORANGE, "the stronger, the larger the slope")
    yield f"<b>Membrane potential</b> {live.POTENTIAL} {live.THRESHOLD} {halo}", membrane
    live.bars(gradients, "dI", steps, BLUE)
    keys = key(BLUE, "with the chosen slope"), key(GREY, "with the others", "\N{EM DASH}")
    yield f"<b>Gradient</b> <i>dI</i> {OF_LOSS.format('F')} {' '.join(keys)}", gradients


ONE_NEURON = live.LiveFigure(
    "one-neuron",
    (
        ALPHA,
        Slider("beta", "<i>β</i>", "constant added", 0, 0.3, 0),
        Slider("V_th", "<i>V<sub>th</sub></i>", "threshold", 0.1, 1.2, 0.5),
        V_RESET,
        live.MU,
        K,
    ),
    (
        Choice("input", "Input <i>I</i>", {n: n for n in INPUTS} | {"constant": "constant 0.3"}),
        Choice("output", "Output of LIAF", {name: label for name, (label, *_) in OUTPUTS.items()}),
    ),
    {
        "no memory": {"alpha": 0},
        "no leak": {"alpha": 1, "V_th": 1.2, "mu": 0.6},
        "fires by itself": {"input": "none", "beta": 0.3, "k": 16},
        "wide window": {"mu": 0.6},
        "no window": {"mu": 0},
    },
    {"inputs": INPUTS, "outputs": {n: x[1:] for n, x in OUTPUTS.items()}, "axis": GRADIENT_AXIS},
    {
        **{"t": "<i>t</i>", "I": "<i>I</i>"},
        **{name: f"<i>{name}</i> ({number})" for number, name in enumerate("UFRV", 3)},
        **{"Y_lif": "<i>Y</i> of LIF (7)", "Y_liaf": "<i>Y</i> of LIAF (8)", "J": "factor (12)"},
        **{"dI_lif": "<i>dI</i> of LIF", "dI_liaf": "<i>dI</i> of LIAF"},
    },
    one_neuron,
    draw_one_neuron,
)
SURROGATE_GRADIENT = live.LiveFigure(
    "surrogate-gradient",
    (Slider("mu", "<i>μ</i>", "half width", 0.05, 1, 0.3), ALPHA, V_RESET, K._replace(initial=10)),
    (Choice("shape", "Surrogate", {name: name for name in SHAPES}),),
    {
        "narrow": {"mu": 0.05},
        "wide": {"mu": 1},
        "no memory": {"alpha": 0},
        "smooth": {"shape": "sigmoid"},
    },
    {"I": WAVE.tolist(), "x": X.tolist(), "names": [*SHAPES], "p": FIXED},
    {
        **{"t": "<i>t</i>", "U": "<i>U</i> (3)", "F": "<i>F</i> (4)"},
        **{"slope": "slope (13)", "J": "factor (12)"},
        **{name: f"<i>dI</i>, {name}" for name in SHAPES},
    },
    surrogate_gradient,
    draw_surrogate_gradient,
)
FIGURES = {figure.name: figure for figure in (ONE_NEURON, SURROGATE_GRADIENT, TRAIN_A_NETWORK)}
