"""Checks of what comes by name: parameters, gradients, options."""

from collections.abc import Mapping
from typing import Any

from liaf_ref.door.arrays import Array, check_float
from liaf_ref.door.values import describe
from liaf_ref.errors import InputError

MOST = 16  # names listed in a message


def check_names(
    given: object, wanted: Mapping[str, Any], source: str, what: str = "parameters"
) -> Mapping[str, Any]:
    """Refuse anything but a mapping with the names wanted.

    Parameters
    ----------
    given : object
        What came.
    wanted : mapping
        What is expected, by name.
    source : str
        What has these names.
    what : str
        What they are.

    Returns
    -------
    mapping
        ``given`` itself.

    Raises
    ------
    InputError
        If ``given`` is no mapping, or a name is missing or unknown.
    """
    expected = f"expected {_listed(list(wanted)) or 'none'}"
    if not isinstance(given, Mapping):
        raise InputError.of(what, source, f"{expected} in a mapping; got {describe(given)}")
    if given.keys() != wanted.keys():
        lists = {
            "missing": [name for name in wanted if name not in given],
            "unknown": [name for name in given if name not in wanted],
        }
        parts = [f"{kind}: {_listed(found)}" for kind, found in lists.items() if found]
        raise InputError.of(what, source, f"{expected}; {'; '.join(parts)}")
    return given


def _listed(names: list[Any]) -> str:
    """Names, not at length."""
    more = f", ... ({len(names)} in all)" if len(names) > MOST else ""
    return ", ".join(str(name)[:40] for name in names[:MOST]) + more


def check_parameters(
    given: object, shapes: Mapping[str, tuple[int, ...]], source: str
) -> dict[str, Array]:
    """Refuse anything but the parameters wanted, all of one dtype.

    Parameters
    ----------
    given : object
        What came.
    shapes : mapping of str to tuple of int
        Their shapes by name.
    source : str
        What has these parameters.

    Returns
    -------
    dict of str to ndarray
        In the order of ``shapes``, as :func:`as_array` gives them.

    Raises
    ------
    InputError
        If ``given`` is no mapping; on a missing or unknown name, a wrong shape or
        dtype, mixed dtypes or a non-finite entry.
    """
    params = check_names(given, shapes, source)
    found: dict[str, Array] = {}
    dtype = None
    for name, shape in shapes.items():
        found[name] = check_float(name, params[name], shape, source, dtype)
        dtype = found[name].dtype
    return found
