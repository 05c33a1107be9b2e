"""Neurons of a network: record what they do, draw one over time, and unrolled (Fig. 3)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core import validation
from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.palette import BLACK, GREY, VERMILION
from liaf_ref._core.palette import VARIABLE_COLORS as COLORS
from liaf_ref._core.png import new_figure
from liaf_ref.kernels import neuron
from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE, Neurons, Sequential
from liaf_ref.layers.sequential import check_sequential_input

WHERE = "record_activity"


class NeuronActivity(NamedTuple):
    """One layer's neurons on a batch.

    Attributes
    ----------
    I, Y : ndarray, shape (B, T, ..., L)
        Synaptic input and output.
    tape : liaf_ref.kernels.neuron.Tape
        U, F and R, of the same shape, and the parameters p.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Sequential([("cell", lr.DenseLIAF(2, 3, mu=0.3))])
    >>> activity = lr.plotting.record_activity(net, net.init(0), np.ones((1, 4, 2)))
    >>> activity["cell"].select(0, 2).I.shape  # sample 0, neuron 2
    (1, 4, 1)
    """

    I: Array
    Y: Array
    tape: neuron.Tape

    def select(self, sample: int, *index: int) -> "NeuronActivity":
        """Select one neuron and one sample, as arrays ``(1, T, 1)`` for :func:`plot_traces`."""
        U, F, R, p = self.tape
        shape = U.shape[2:]
        own = neuron.Params(*(np.broadcast_to(z, shape)[index].reshape(1) for z in p))
        at: Any = (sample, slice(None), *index)
        I, Y, U, F, R = (z[at].reshape(1, -1, 1) for z in (self.I, self.Y, U, F, R))
        return NeuronActivity(I, Y, neuron.Tape(U, F, R, own))


def record_activity(
    sequential: Sequential, params: Mapping[str, Array], X: Array
) -> dict[str, NeuronActivity]:
    """Run a network in float64 and keep what its neurons do.

    Parameters
    ----------
    sequential : Sequential
        The network.
    params : mapping of str to ndarray
        Its parameters, real numbers.
    X : ndarray, shape (B, T, ...)
        Input.

    Returns
    -------
    dict of str to NeuronActivity
        The activity of each layer of neurons, by the layer's name.

    Raises
    ------
    InputError
        If ``params`` or ``X`` do not fit the network.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Sequential([("cell", lr.DenseLIAF(2, 3, mu=0.3))])
    >>> activity = lr.plotting.record_activity(net, net.init(0), np.ones((1, 4, 2)))
    >>> [(name, neurons.Y.shape) for name, neurons in activity.items()]
    [('cell', (1, 4, 3))]
    """
    found = validation.check_mapping("params", params, WHERE, "arrays by name")
    arrays = {name: _as_float64(name, array) for name, array in found.items()}
    arrays, X = check_sequential_input(sequential, arrays, _as_float64("X", X), WHERE)
    return {
        name: NeuronActivity(given, Y, saved)
        for name, layer, given, Y, _, saved in sequential.iter_stages(arrays, X, REFERENCE)
        if isinstance(layer, Neurons)
    }


def _as_float64(name: str, value: object) -> Array:
    array = validation.as_array(name, value, WHERE)
    validation.check_float_dtype(name, array.dtype, WHERE)
    return array.astype(np.float64)


def plot_traces(I: Array, Y: Array, tape: neuron.Tape, title: str = "") -> Any:
    """Draw one neuron's variables over time.

    Parameters
    ----------
    I, Y : ndarray, shape (1, T, 1)
        Synaptic input and output.
    tape : liaf_ref.kernels.neuron.Tape
        The kernel's, of arrays of the same shape.
    title : str
        Title of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If an array has another shape or does not hold real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Sequential([("cell", lr.DenseLIAF(2, 3, mu=0.3))])
    >>> activity = lr.plotting.record_activity(net, net.init(0), np.ones((1, 4, 2)))
    >>> figure = lr.plotting.plot_traces(*activity["cell"].select(0, 2))
    >>> len(figure.axes)
    4
    """
    I = validation.check_shape("I", I, (1, "T", 1), "traces")
    Y = validation.check_shape("Y", Y, I.shape, "traces")
    validation.check_instance("tape", tape, neuron.Tape, "traces", "the Tape of the neuron kernel")
    for name in ("U", "F", "R"):
        validation.check_shape(name, getattr(tape, name), I.shape, "traces")
    for array in (I, Y):
        if array.dtype.kind not in "iufb" or not array.size:
            raise unexpected("I, Y", array, "traces", "real numbers")
    T = I.shape[1]
    steps = np.arange(1, T + 1)
    figure = new_figure(7, 5.2)
    panels = figure.subplots(4, 1, sharex=True, height_ratios=(1, 2.4, 0.7, 1.2))
    _stairs(panels[0], steps, I[0, :, 0], COLORS["I"], "I (2)")
    _stairs(panels[1], steps, tape.U[0, :, 0], COLORS["U"], "U (3)")
    panels[1].plot(steps, tape.R[0, :, 0], "o", color=COLORS["U"], mfc="white", ms=6, label="R (5)")
    V = tape.p.alpha * tape.R[0, :, 0] + tape.p.beta  # (6), which the tape does not keep
    # Where the next step begins, which receives it.
    panels[1].plot(steps + 0.5, V, "d", color=COLORS["U"], ms=5, label="V (6)")
    v_th, v_reset = (float(np.ravel(z)[0]) for z in tape.p[:2])
    panels[1].axhline(v_th, color=COLORS["threshold"], ls="--", lw=1, label="$V_{th}$")
    panels[1].axhline(v_reset, color=COLORS["threshold"], ls=":", lw=1, label="$V_{reset}$")
    panels[2].vlines(steps[tape.F[0, :, 0] > 0], 0, 1, color=COLORS["F"], lw=2, label="F (4)")
    panels[2].set(ylim=(0, 1.1), yticks=(0, 1))
    _stairs(panels[3], steps, Y[0, :, 0], COLORS["Y"], "Y (8)")
    for panel in panels:
        panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=9)
        panel.spines[["top", "right"]].set_visible(False)
    panels[3].set(xlabel="time step t", xlim=(0.5, T + 0.5))
    panels[3].xaxis.get_major_locator().set_params(integer=True, nbins=20)
    figure.suptitle(title)
    return figure


def _stairs(axes: Any, steps: Array, values: Array, color: str, label: str) -> None:
    axes.axhline(0, color="0.85", lw=0.8)
    axes.step(steps, values, where="mid", color=color, label=label)


# Position of a variable: distance from U in step widths, and row.
NODE_POSITIONS = {
    "I": (0, 4),
    "Y": (0.5, 4),
    "U": (0, 3),
    "F": (0.42, 2.3),
    "R": (0, 1.5),
    "V": (0.5, 0.5),
}
EDGES = (("I", "U"), ("U", "Y"), ("U", "F"), ("U", "R"), ("F", "R"), ("R", "V"))
STEP_WIDTH = 2.1
NodeTexts = Mapping[str, Sequence[str]]


def plot_unrolled(values: NodeTexts, gradients: NodeTexts | None = None, title: str = "") -> Any:
    """Draw the graph of a neuron's steps, an arrow wherever one number enters another.

    Parameters
    ----------
    values : mapping of str to sequence of str
        Texts by variable: ``"I"``, ``"U"``, ``"F"``, ``"R"`` and ``"Y"`` one a step and ``"V"`` one
        more, V^0 first.
    gradients : mapping of str to sequence of str, optional
        Texts that stand below the values.
    title : str
        Title of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If a variable is missing or has another number of texts than there are steps.

    Examples
    --------
    >>> from liaf_ref.plotting import plot_unrolled
    >>> texts = {name: ["1", "2"] for name in "IUFRY"}
    >>> figure = plot_unrolled({**texts, "V": ["0", "1", "2"]}, title="two steps")
    """
    validation.check_mapping("values", values, "unrolled", "lists of strings by variable")
    if gradients is not None:
        validation.check_mapping("gradients", gradients, "unrolled", "lists of strings by variable")
    T = len(values.get("U", ()))
    for what, texts in (("values", values), ("gradients", gradients or values)):
        _check_lengths(what, texts, T)
    figure = new_figure(0.6 + 1.68 * T, 4.8)
    axes = figure.subplots()
    axes.axis("off")
    axes.set(xlim=(-STEP_WIDTH * 0.78, STEP_WIDTH * (T - 0.22)), ylim=(0.1, 4.4))
    where = {
        (name, t): ((t + dx) * STEP_WIDTH, y)
        for t in range(T)
        for name, (dx, y) in NODE_POSITIONS.items()
    }
    dx, y = NODE_POSITIONS["V"]
    where["V", -1] = (dx - 1) * STEP_WIDTH, y
    for t in range(T):
        arrows = [((a, t), (b, t)) for a, b in EDGES] + [(("V", t - 1), ("U", t))]
        for start, end in arrows:
            _draw_arrow(axes, where[start], where[end])
    for (name, t), place in where.items():
        index = t + 1 if name == "V" else t
        grads = (gradients or {}).get(name)
        grad = None if grads is None else grads[index]
        _draw_node(axes, place, f"${name}^{t + 1}$", values[name][index], grad)
    figure.suptitle(title)
    return figure


def _check_lengths(argument: str, texts: NodeTexts, T: int) -> None:
    for name in NODE_POSITIONS:
        if argument == "gradients" and name not in texts:
            continue
        expected, actual = max(T, 1) + (name == "V"), len(texts.get(name, ()))
        if actual != expected:
            reason = f"expected {expected} strings for {name}, got {actual}"
            raise InputError.for_argument(argument, "unrolled", reason)


def _draw_arrow(axes: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": "0.6", "lw": 1, "shrinkA": 14, "shrinkB": 26}
    axes.annotate("", xy=end, xytext=start, arrowprops=style, zorder=1)


def _draw_node(
    axes: Any, position: tuple[float, float], name: str, value: str, grad: str | None
) -> None:
    x, y = position
    box = {"boxstyle": "round,pad=0.25", "fc": "white", "ec": "0.7", "lw": 0.8}
    align = {"ha": "center", "va": "center", "fontsize": 9, "linespacing": 1.2}
    lines = [name, value] + ([] if grad is None else [grad])
    axes.text(x, y, "\n".join(lines), color="white", bbox=box, zorder=2, **align)
    for row, color in enumerate((GREY, BLACK, VERMILION)[: len(lines)]):  # one colour for each line
        alone = "\n".join(line if k == row else " " for k, line in enumerate(lines))
        axes.text(x, y, alone, color=color, zorder=3, **align)
