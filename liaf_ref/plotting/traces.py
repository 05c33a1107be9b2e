"""Plot I, U, F, R, V and Y of one neuron over time."""

from typing import Any

import numpy as np

from liaf_ref._core.errors import unexpected
from liaf_ref._core.palette import VARIABLE_COLORS as COLORS
from liaf_ref._core.validation import check_instance, check_shape
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Tape


def plot_traces(I: Array, Y: Array, tape: Tape, title: str = "") -> Any:
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
    I = check_shape("I", I, (1, "T", 1), "traces")
    Y = check_shape("Y", Y, I.shape, "traces")
    check_instance("tape", tape, Tape, "traces", "the Tape of the neuron kernel")
    for name in ("U", "F", "R"):
        check_shape(name, getattr(tape, name), I.shape, "traces")
    for array in (I, Y):
        if array.dtype.kind not in "iufb" or not array.size:
            raise unexpected("I, Y", array, "traces", "real numbers")
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    T = I.shape[1]
    steps = np.arange(1, T + 1)
    figure = Figure(figsize=(7, 5.2), layout="constrained")
    panels = figure.subplots(4, 1, sharex=True, height_ratios=(1, 2.4, 0.7, 1.2))
    _stairs(panels[0], steps, I[0, :, 0], COLORS["I"], "I (2)")
    _stairs(panels[1], steps, tape.U[0, :, 0], COLORS["U"], "U (3)")
    panels[1].plot(steps, tape.R[0, :, 0], "o", color=COLORS["U"], mfc="white", ms=4, label="R (5)")
    V = tape.p.alpha * tape.R[0, :, 0] + tape.p.beta  # (6)
    panels[1].plot(steps, V, "d", color=COLORS["U"], ms=3, label="V (6)")
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
    panels[3].xaxis.get_major_locator().set_params(integer=True)
    figure.suptitle(title)
    return figure


def _stairs(axes: Any, steps: Array, values: Array, color: str, label: str) -> None:
    axes.axhline(0, color="0.85", lw=0.8)
    axes.step(steps, values, where="mid", color=color, label=label)
