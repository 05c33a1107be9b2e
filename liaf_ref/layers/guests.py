"""What is refused by those who run a chain and look at it: no chain, or what is not for it."""

from liaf_ref.door import check_float, check_instance, check_mapping, check_parameters
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.layers.chain import Chain
from liaf_ref.layers.checks import check_given
from liaf_ref.layers.layer import Params


def check_data(chain: object, params: object, X: object, source: str) -> tuple[Params, Array]:
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
    chain = check_instance("chain", chain, Chain, source, "a Chain")
    arrays = check_mapping("params", params, source, "arrays by name")
    wanted = chain.given()
    own = {name: array for name, array in arrays.items() if name not in wanted}
    own = check_parameters(own, chain.shapes(), source)
    dtype = next((array.dtype for array in own.values()), None)
    X = check_float("X", X, ("B", "T", *chain.in_shape), source, dtype)
    if 0 in X.shape[:2]:
        raise InputError.of("X", source, f"expected B >= 1 and T >= 1, got shape {X.shape}")
    given = {name: array for name, array in arrays.items() if name in wanted}
    return own | check_given(given, wanted, len(X), X.dtype, source), X
