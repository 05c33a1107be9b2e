"""Arrays by name: parameters, their gradients, the state of an optimiser."""

from collections.abc import Mapping

from liaf_ref.door import as_array, check_floating, check_names
from liaf_ref.door.values import describe
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array

Named = dict[str, Array]


def check_named(given: object, what: str, source: str) -> Named:
    """Refuse anything but floating or complex arrays in a mapping."""
    if not isinstance(given, Mapping):
        raise InputError.of(what, source, f"expected arrays in a mapping, got {describe(given)}")
    found = {name: as_array(name, value, source) for name, value in given.items()}
    for name, value in found.items():
        check_floating(name, value.dtype, source)
    return found


def check_like(given: object, wanted: Named, what: str, source: str) -> Named:
    """Refuse anything but arrays with the names, shapes and dtypes wanted."""
    named, found = check_names(given, wanted, source, what), {}
    for name, like in wanted.items():
        value = found[name] = as_array(name, named[name], f"the {what} of {source}")
        if value.shape != like.shape or value.dtype != like.dtype:
            reason = f"expected shape {like.shape} and dtype {like.dtype}, got {describe(value)}"
            raise InputError.of(name, f"the {what} of {source}", reason)
    return found
