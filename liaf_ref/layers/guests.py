"""What is refused by those who run a chain: no chain, what is not for it, or more than one step."""

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_float_array, check_instance, check_mapping, check_params
from liaf_ref.kernels.array import Array
from liaf_ref.layers.base import Params
from liaf_ref.layers.sequential import Sequential
from liaf_ref.layers.validation import check_buffers


def check_sequential_input(
    sequential: object, params: object, X: object, where: str
) -> tuple[Params, Array]:
    """Refuse what a chain cannot be run on.

    Parameters
    ----------
    chain : object
        What is to run.
    params : object
        Its parameters, and what it may be given besides, in one mapping.
    X : object
        Its input, ``(B, T, *in_shape)``.
    source : str
        Who runs it.

    Returns
    -------
    params : dict of str to ndarray
        Parameters, and what is given.
    X : ndarray
        The input.

    Raises
    ------
    InputError
        If ``chain`` is none, on a missing or unknown name, a wrong shape or dtype, a
        non-finite entry, or an empty batch or time axis.
    """
    sequential = check_instance("chain", sequential, Sequential, where, "a Chain")
    arrays = check_mapping("params", params, where, "arrays by name")
    expected = sequential.buffer_shapes()
    own = {name: array for name, array in arrays.items() if name not in expected}
    own = check_params(own, sequential.param_shapes(), where)
    dtype = next((array.dtype for array in own.values()), None)
    X = check_float_array("X", X, ("B", "T", *sequential.in_shape), where, dtype)
    if 0 in X.shape[:2]:
        raise InputError.for_argument(
            "X", where, f"expected B >= 1 and T >= 1, got shape {X.shape}"
        )
    given = {name: array for name, array in arrays.items() if name in expected}
    return own | check_buffers(given, expected, len(X), X.dtype, where), X


def squeeze_single_step(Y: Array, where: str) -> Array:
    """Take the one step that a chain has put out.

    Parameters
    ----------
    Y : ndarray, shape ``(B, 1, *out_shape)``
        Its output.
    source : str
        Who ran it.

    Returns
    -------
    ndarray, shape ``(B, *out_shape)``
        The step.

    Raises
    ------
    InputError
        If there are more, which a layer's shapes do not say.
    """
    if Y.shape[1] != 1:
        reason = f"expected one step put out, as by a Sumlayer, got {Y.shape[1]}"
        raise InputError.for_argument("chain", where, reason)
    return Y[:, 0]
