"""The figure "Surrogate gradient": the slopes that replace Dirac's delta, in one LIF neuron."""

import numpy as np

from documentation import live
from documentation.live import Choice, Slider, key, one_neuron
from liaf_ref._core.palette import VARIABLE_COLORS as COLORS
from liaf_ref.kernels import neuron
from liaf_ref.kernels.surrogate import SHAPES, surrogate

T = one_neuron.T
GREY, BLUE, ORANGE, GREEN = (COLORS[name] for name in ("I", "F", "window", "U"))
V_TH = 0.5
X = np.round(np.linspace(-2, 2, 401), 2)
SLIDERS = (
    Slider("mu", "<i>μ</i>", "half width", 0.05, 1, 0.3),
    Slider("alpha", "<i>α</i>", "leak factor", 0, 1, 0.8),
    Slider("V_reset", one_neuron.V_RESET, "reset potential", -0.5, 0.5, 0),
    Slider("k", "<i>k</i>", "step of the loss", 1, T, 10, 1),
)
CHOICES = (Choice("shape", "Surrogate", {name: name for name in SHAPES}),)
PRESETS: dict[str, live.Values] = {
    "narrow": {"mu": 0.05},
    "wide": {"mu": 1},
    "no memory": {"alpha": 0},
    "smooth": {"shape": "sigmoid"},
}
TABLE = (
    ("membrane", "t", "<i>t</i>"),
    ("membrane", "U", "<i>U</i> (3)"),
    ("membrane", "F", "<i>F</i> (4)"),
    ("membrane", "slope", "slope (13)"),
    ("membrane", "J", "factor (12)"),
    *(("gradients", name, f"<i>dI</i>, {name}") for name in SHAPES),
)


def sources(values: live.Values) -> live.Sources:
    """Compute every number of the figure with the kernels."""
    I = one_neuron.WAVE.reshape(1, T, 1)
    p = neuron.Params(
        *(np.array([float(z)]) for z in (V_TH, values["V_reset"], values["alpha"], 0))
    )
    pairs = {name: surrogate(name, values["mu"]) for name in SHAPES}
    chosen = pairs[values["shape"]]
    nothing = np.zeros((1, 1))
    *_, tape = neuron.forward(I, nothing, p, chosen, chosen, neuron.TR)
    dY = np.zeros_like(I)
    dY[0, values["k"] - 1] = 1
    dI = {
        name: neuron.backward(dY, nothing, tape, pair, pair, neuron.TR)[0]
        for name, pair in pairs.items()
    }
    t = np.arange(1.0, T + 1)
    slope = chosen.slope(tape.U - p.v_th)
    found = {
        "curves": {"x": X, **{name: pair.slope(X) for name, pair in pairs.items()}},
        "chosen": {"x": X, "slope": chosen.slope(X)},
        "points": {"t": t, "x": tape.U - p.v_th, "slope": slope},
        "membrane": {
            **{"t": t, "U": tape.U, "slope": slope, "F": tape.F},
            "J": one_neuron.factors(tape, chosen),
        },
        "gradients": {"t": t, **dI},
        "gradient": {"t": t, "dI": dI[values["shape"]], "zero": np.zeros(T)},
        "loss": {"k": np.array([float(values["k"])])},
    }
    return {name: one_neuron.lists(columns) for name, columns in found.items()}


def panels(make: live.MakeSource) -> list[live.Panel]:
    """Draw the slopes, the membrane potential and the gradients."""
    return [_slopes(make), _membrane(make), _gradients(make)]


def _slopes(make: live.MakeSource) -> live.Panel:
    """Draw the step, all slopes, and where the neuron is on the chosen one."""
    x_axis = ("x = U \N{MINUS SIGN} V_th", -2, 2)
    panel = live.plot(220, x_axis, ("S and slope", -0.06, 1.15))
    curves = make("curves")
    for name in SHAPES:
        panel.line("x", name, source=curves, color=GREY, line_width=1)
    panel.line([-2, 0, 0, 2], [0, 0, 1, 1], color=BLUE, line_width=2, line_dash="dashed")
    panel.line("x", "slope", source=make("chosen"), color=ORANGE, line_width=3)
    panel.scatter("x", "slope", source=make("points"), color=GREEN, size=9)
    keys = (
        key(BLUE, "spike <i>S</i>, forward", "\N{EN DASH}\N{EN DASH}"),
        key(ORANGE, "chosen slope, backward", "\N{EM DASH}"),
        key(GREY, "the other slopes", "\N{EM DASH}"),
        key(GREEN, f"the {T} steps below"),
    )
    return live.Panel(f"<b>The step and its slope</b> {' '.join(keys)}", panel)


def _membrane(make: live.MakeSource) -> live.Panel:
    """Draw U and the threshold; the slope at U is the strength of a halo."""
    panel = live.steps_plot(170, T, ("potential U", -0.6, 1.6))
    panel.line([0.5, T + 0.5], [V_TH, V_TH], color=COLORS["threshold"], line_width=2)
    steps = make("membrane")
    halo = {"size": 18, "color": ORANGE, "line_color": None, "fill_alpha": "slope"}
    panel.scatter("t", "U", source=steps, **halo)
    panel.line("t", "U", source=steps, color=GREEN, line_width=2)
    panel.scatter("t", "U", source=steps, color=GREEN, size=7)
    live.show_numbers(panel, steps, {name: name for name in ("U", "F", "slope", "J")})
    keys = (
        key(GREEN, "<i>U</i>"),
        key(COLORS["threshold"], "threshold", "\N{EM DASH}"),
        key(ORANGE, "the stronger, the larger the slope"),
    )
    return live.Panel(f"<b>Membrane potential</b> {' '.join(keys)}", panel)


def _gradients(make: live.MakeSource) -> live.Panel:
    """Draw the gradients in the input with every slope."""
    panel = live.steps_plot(200, T, ("gradient dI", -1.6, 1.6))
    panel.vspan("k", source=make("loss"), color=GREY, line_dash="dashed")
    others = make("gradients")
    for name in SHAPES:
        panel.line("t", name, source=others, color=GREY, line_width=1)
    live.bars(panel, "t", "dI", make("gradient"), BLUE)
    live.show_numbers(panel, others, {name: name for name in SHAPES})
    keys = key(BLUE, "with the chosen slope"), key(GREY, "with the others", "\N{EM DASH}")
    return live.Panel(
        "<b>Gradient</b> <i>dI</i> of the loss <i>L</i> = <i>F</i> at step <i>k</i> (dashed) "
        f"with respect to each input {' '.join(keys)}",
        panel,
    )


FIGURE = live.LiveFigure(
    "surrogate-gradient",
    SLIDERS,
    CHOICES,
    PRESETS,
    {
        "I": one_neuron.WAVE.tolist(),
        "x": X.tolist(),
        "names": [*SHAPES],
        "p": {"V_th": V_TH, "beta": 0},
    },
    TABLE,
    sources,
    panels,
)
