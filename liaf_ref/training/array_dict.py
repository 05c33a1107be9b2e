"""Arrays by name: parameters, their gradients, the state of an optimizer."""

from collections.abc import Mapping

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import as_array, check_float_dtype, check_keys
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.kernels.array import Array

ArrayDict = dict[str, Array]


def check_array_dict(arrays: object, argument: str, where: str) -> ArrayDict:
    """Refuse anything but floating or complex arrays in a mapping."""
    if not isinstance(arrays, Mapping):
        raise InputError.for_argument(
            argument, where, f"expected arrays in a mapping, got {describe_value(arrays)}"
        )
    found = {name: as_array(name, value, where) for name, value in arrays.items()}
    for name, value in found.items():
        check_float_dtype(name, value.dtype, where)
    return found


def check_matching_arrays(
    arrays: object, reference: ArrayDict, argument: str, where: str
) -> ArrayDict:
    """Refuse anything but arrays with the names, shapes and dtypes wanted."""
    named, found = check_keys(arrays, reference, where, argument), {}
    for name, like in reference.items():
        value = found[name] = as_array(name, named[name], f"the {argument} of {where}")
        if value.shape != like.shape or value.dtype != like.dtype:
            reason = (
                f"expected shape {like.shape} and dtype {like.dtype}, got {describe_value(value)}"
            )
            raise InputError.for_argument(name, f"the {argument} of {where}", reason)
    return found
