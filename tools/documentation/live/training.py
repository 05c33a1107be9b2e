"""The live figure "Train a network": a network learns the disc of yin and yang in the browser."""

from typing import Any

import numpy as np
from bokeh.models import DataRange1d
from bokeh.transform import linear_cmap

from documentation import live
from documentation.live import BLUE, GREEN, ORANGE, Choice, Slider, key
from liaf_ref._core.palette import VARIABLE_COLORS as COLORS
from liaf_ref.kernels import activation, dense, loss, neuron, readout, rnn, spike
from liaf_ref.kernels.array import Array
from liaf_ref.training import Adam

T = 8
UNITS = 32  # at most
PIXELS = 37  # along the disc's diameter
STEPS = 400  # of training
# Marker and colour of a class, and the colours of its pixels, from unlikely to likely.
CLASSES = {
    "yin": (BLUE, "circle", "●", ("#dbe9f4", "#b5d3ea", "#8dbbdf")),
    "yang": (ORANGE, "square", "■", ("#fbeccb", "#f6d999", "#f0c566")),
    "dots": (GREEN, "triangle", "▲", ("#d3ede4", "#a5d9c8", "#76c5ac")),
}


def classify(points: Array) -> Array:
    """Which part of the disc each point is in, after Kriener et al. 2022."""
    x, y = points.T
    left, right = np.hypot(x + 0.5, y), np.hypot(x - 0.5, y)
    parts = np.where(np.where(y > 0, left > 0.5, right <= 0.5), 0, 1)
    return np.where(np.minimum(left, right) < 0.2, 2, parts)


def constants() -> live.Values:
    """Points, pixels of the disc and initial weights, drawn once."""
    rng = np.random.default_rng(0)
    drawn = rng.uniform(-1, 1, (400, 2)).round(2)
    points = drawn[np.hypot(*drawn.T) < 1][:200]
    middles = np.linspace(-1, 1, PIXELS).round(3)
    grid = np.stack(np.meshgrid(middles, middles), -1).reshape(-1, 2)
    pixels = grid[np.hypot(*grid.T) < 1]
    W = np.vstack([np.zeros(UNITS), 0.15 * rng.normal(size=(2, UNITS))])  # biases first
    U = rng.normal(size=(UNITS, UNITS)) / np.sqrt(UNITS)
    out = np.vstack([np.zeros(3), 0.2 * rng.normal(size=(UNITS, 3))])
    weights = {name: w.round(3).tolist() for name, w in {"W": W, "U": U, "out": out}.items()}
    named = {"points": points, "classes": classify(points), "pixels": pixels}
    named |= {"truth": classify(pixels)}
    return {"T": T, "weights": weights, **{name: x.tolist() for name, x in named.items()}}


GIVEN = constants()


def sequences(points: Any) -> Array:
    """Inputs of all points: x in the first half of the steps, y in the second."""
    X = np.zeros((len(points), T, 2))
    X[:, : T // 2, 0], X[:, T // 2 :, 1] = np.array(points).T[:, :, None]
    return X


def run(X: Array, y: Any, params: dict[str, Array], values: live.Values) -> live.Values:
    """Forward and backward pass of a batch: the loss, its gradients, and what is shown of it."""
    W, out = (dense.Params(w[1:], w[0]) for w in (params["W"], params["out"]))
    I, below = dense.forward(X, W)
    V, grads = np.zeros_like(I[:, 0]), {"U": np.zeros_like(params["U"])}
    tape: Any
    if values["cell"] == "rnn":
        act, s = activation.tanh, neuron.NTR
        Y, _, tape = rnn.forward(I, V, params["U"], act)
        U, F, v_th = tape.a, np.zeros_like(I), 0.0
    else:
        pair = spike.paper(values["mu"])
        act, s = (pair, neuron.TR) if values["cell"] == "lif" else (activation.relu, neuron.NTR)
        v_th = values["V_th"]
        p = neuron.Params(*(np.array([x]) for x in (v_th, 0.0, values["alpha"], 0.0)))
        Y, _, tape = neuron.forward(I, V, p, pair, act, s)
        U, F = tape.U, tape.F
    logits, above = dense.forward(readout.mean_forward(Y), out)
    value, (P, _) = loss_tape = loss.forward(logits, np.array(y))
    dmean, d_out = dense.backward(loss.backward(np.array(1.0), loss_tape[1]), above)
    dY = readout.mean_backward(dmean, T)
    if values["cell"] == "rnn":
        dI, _, grads["U"] = rnn.backward(dY, V, tape, act)
    else:
        dI, *_ = neuron.backward(dY, V, tape, pair, act, s)
    dW = dense.backward_params(dI, below)
    grads |= {"W": np.vstack([dW.b, dW.W]), "out": np.vstack([d_out.b, d_out.W])}
    shown = {"U": U, "F": F, "Y": Y, "slope": act.slope(U - s * v_th), "dI": dI}
    return {"loss": value, "P": P, "grads": grads, "units": shown}


def train(values: live.Values) -> tuple[dict[str, Array], list[float]]:
    """Train for a number of steps; the weights after them, and the loss after each."""
    h, W, U, out = (int(values["hidden"]), *map(np.array, GIVEN["weights"].values()))
    params, X = {"W": W[:, :h], "U": U[:h, :h], "out": out[: h + 1]}, sequences(GIVEN["points"])
    optimizer, losses = Adam(values["rate"]), []
    state = optimizer.initial_state(params)
    for left in reversed(range(int(values["steps"]) + 1)):
        found = run(X, GIVEN["classes"], params, values)
        losses.append(float(found["loss"]))
        if left:
            params, state = optimizer.step(params, found["grads"], state)
    return params, losses


def paint(params: dict[str, Array], values: live.Values) -> Array:
    """The likeliest class of each pixel; its fraction is nearly the probability."""
    P = run(sequences(GIVEN["pixels"]), GIVEN["truth"], params, values)["P"]
    return np.asarray(P.argmax(1) + 0.999 * P.max(1))


def train_a_network(values: live.Values) -> live.Sources:
    """Compute every number of the figure with the kernels."""
    params, losses = train(values)
    n = int(values["point"]) - 1
    x, y = point = GIVEN["points"][n]
    X = sequences([point])
    units = run(X, GIVEN["classes"][n : n + 1], params, values)["units"]
    chosen = int(min(values["neuron"], values["hidden"])) - 1
    steps = {"t": np.arange(1.0, T + 1), "I": X.sum(-1)[0]}
    steps |= {name: series[0, :, chosen] for name, series in units.items()}
    center = np.array([values["V_th"]] * (values["cell"] != "rnn"))
    window = {"V_th": center, "low": center - values["mu"], "high": center + values["mu"]}
    across, up = np.array(GIVEN["pixels"]).T
    return {
        "steps": steps,
        "marks": {"x": np.array([x]), "y": np.array([y])},
        "window": window,
        "map": {"x": across, "y": up, "color": paint(params, values)},
        "history": {"step": np.arange(len(losses)), "loss": np.array(losses)},
    }


def draw(steps: Any, marks: Any, window: Any, map: Any, history: Any) -> live.Panels:
    """Draw the disc, the loss, and the chosen neuron's potential, output and gradient."""
    disc = live.plot(340, ("x", -1.08, 1.08), ("y", -1.08, 1.08))
    disc.update(width=340, sizing_mode="fixed")
    shades = [color for *_, colors in CLASSES.values() for color in colors]
    fill, side = linear_cmap("color", shades, 0, 3), 2 / (PIXELS - 1)
    disc.rect("x", "y", side, side, source=map, color=fill)
    points, classes = np.array(GIVEN["points"]), np.array(GIVEN["classes"])
    for number, (color, marker, *_) in enumerate(CLASSES.values()):
        own = points[classes == number].T
        disc.scatter(*own, color=color, marker=marker, size=7, line_color="white", line_width=0.5)
    disc.scatter("x", "y", source=marks, size=17, color="black", fill_color=None, line_width=2)
    keys = [key(color, name, mark) for name, (color, _, mark, _) in CLASSES.items()]
    keys.append(key("currentcolor", "chosen", "\N{WHITE CIRCLE}"))
    yield f"<b>Classes</b> {' '.join(keys)}", disc
    curve = live.plot(340, ("training step", 0, STEPS), ("loss", 0, 1.2))
    curve.line("step", "loss", source=history, color=COLORS["Y"], line_width=2)
    yield "<b>Loss</b> of the 200 points", curve
    membrane = live.membrane_plot(200, steps, "U I F", ("potential U", 0, 1), window, "V_th")
    for end in ("low", "high"):  # in sight, always
        membrane.scatter(1, end, source=window, alpha=0)
    halo = "<b>Membrane potential</b> of the chosen neuron; halo: a gradient passes the output"
    keys = [live.POTENTIAL, live.THRESHOLD, key(ORANGE, "window", "\N{BLACK SQUARE}")]
    output = live.bar_plot(110, steps, {"Y": ("Y", COLORS["Y"])}, ("output Y", 0, 1))
    gradient = live.bar_plot(120, steps, {"dI": ("dI", BLUE)}, ("gradient dI", 0, 1))
    of_loss = "of the chosen point's loss with respect to this neuron's input"
    for caption, panel in (
        (f"{halo} {' '.join(keys)}", membrane),
        ("<b>Output</b> <i>Y</i> of this neuron", output),
        (f"<b>Gradient</b> <i>dI</i> {of_loss}", gradient),
    ):
        panel.y_range = DataRange1d()
        yield caption, panel


TRAIN_A_NETWORK = live.LiveFigure(
    "train-a-network",
    (
        Slider("V_th", "<i>V<sub>th</sub></i>", "threshold", 0.1, 1.5, 1),
        live.ALPHA,
        live.MU,
        Slider("rate", "<i>η</i>", "learning rate", 0.01, 0.1, 0.06),
        Slider("hidden", "<i>L</i>", "hidden neurons", 4, UNITS, 20, 1),
        Slider("neuron", "<i>l</i>", "chosen neuron", 1, UNITS, 9, 1),
        Slider("point", "<i>n</i>", "chosen point", 1, len(GIVEN["points"]), 185, 1),
        Slider("steps", "step", "of training", 0, STEPS, 0, 1),
    ),
    (Choice("cell", "Network", {"liaf": "LIAF", "lif": "LIF", "rnn": "RNN"}),),
    {
        "LIF, narrow window": {"cell": "lif", "mu": 0.2},
        "LIF, wide window": {"cell": "lif", "mu": 0.5},
        "LIAF, no window": {"mu": 0},
    },
    GIVEN,
    {
        **{"t": "<i>t</i>", "I": "<i>x</i> or <i>y</i>", "U": "<i>U</i> (3)", "F": "<i>F</i> (4)"},
        **{"Y": "<i>Y</i> (8)", "slope": "slope of <i>Y</i>", "dI": "<i>dI</i>"},
    },
    train_a_network,
    draw,
    ("network",),
)
