"""What the equations of a layer compute, one after the other, and what the paper calls it."""

from collections.abc import Iterator

from liaf_ref.kernels import gru, lstm, neuron, readout, rnn, tokens
from liaf_ref.kernels.array import Array
from liaf_ref.layers import FAST, Dense, DirectLIAF, Layer, Params, Tape
from liaf_ref.layers.conv import Conv
from liaf_ref.layers.recurrent import Recurrence
from liaf_ref.networks.diagnosis.found import Named, entry, last

# The definitions where their tapes keep more than the twins', the twins for all else.
WATCHED = FAST._replace(tokens=tokens, neuron=neuron, rnn=rnn, lstm=lstm, gru=gru, readout=readout)
# Where a neuron's parameters stand.
PLACES = {"v_th": "Eqs. (4), (8)", "v_reset": "Eq. (5)", "alpha": "Eq. (6)", "beta": "Eq. (6)"}


def arrays(layer: Layer, Y: Array, tape: Tape) -> Iterator[Named]:
    """What a stage computes in a step, in that order.

    Parameters
    ----------
    layer : Layer
        The stage.
    Y : ndarray, shape (B, T, ...)
        What it put out.
    tape : Tape
        Written under :data:`WATCHED`.

    Yields
    ------
    Named
        Arrays with time as their second axis.
    """
    kernel = tape.kernel
    if isinstance(layer, DirectLIAF):
        p = kernel.p
        yield Named("U, Eq. (3),", kernel.U)
        yield Named("F, Eq. (4),", kernel.F)
        yield Named("R, Eq. (5),", kernel.R)
        yield Named("V, Eq. (6),", p.alpha * kernel.R + p.beta)
        yield Named("Y, Eq. (8),", Y)
    elif isinstance(layer, Recurrence):
        if isinstance(kernel, rnn.Tape | lstm.Tape | gru.Tape):
            yield Named(f"the pre-activation, {layer.equation},", kernel.a)
        if isinstance(kernel, lstm.Tape):
            yield Named(f"c, {layer.equation},", kernel.c[:, 1:])
        yield Named(f"{'c' if layer.form == 'rnn' else 'h'}, {layer.equation},", Y)
    else:
        yield Named("I, Eq. (2)," if isinstance(layer, Dense | Conv) else "the output", Y)


def gradient(
    layer: Layer, dX: Array | None, grads: Params, before: int = 0, steps: int | None = None
) -> str | None:
    """Say which gradient of a stage is not finite, the one in its output being so.

    Parameters
    ----------
    layer : Layer
        The stage.
    dX : ndarray, shape (B, T, ...), or None
        Gradient in its input, which is that in U for neurons; None if nobody asks for it.
    grads : dict of str to ndarray
        Gradients in its parameters.
    before : int
        Steps before those of ``dX``.
    steps : int, optional
        Of the whole sequence; those of ``dX``, if left out.

    Returns
    -------
    str or None
        The latest step of ``dX``, or else the first parameter; None if all are finite.
    """
    found = None if dX is None else last(Named(_adjoint(layer), dX))
    if dX is not None and found:
        return found.told(dX.shape[1] if steps is None else steps, before)
    for name, value in grads.items():
        bad = entry(value)
        if bad:
            place = f", {PLACES[name]}," if name in PLACES else ""
            return f"the gradient in {name}{place} is {bad}"
    return None


def _adjoint(layer: Layer) -> str:
    if isinstance(layer, DirectLIAF):
        return "the gradient in U, Eq. (12),"
    if isinstance(layer, Recurrence):
        return f"the gradient in the pre-activation, {layer.equation},"
    return "the gradient in the input"
