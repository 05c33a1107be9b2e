"""Checks of arguments of public functions."""

# Kernels do not check their arguments; layers, networks and readers call these functions first.
# Nothing is clipped or repaired: the error names the argument, the layer, equation or option, the
# expected and the given value. Use the value that a check returns: it may be converted, such as an
# array of another library to a NumPy array.

from liaf_ref._core.validation.arrays import (
    as_array,
    check_float_array,
    check_float_dtype,
    check_index_array,
    check_shape,
)
from liaf_ref._core.validation.containers import check_callable, check_items, check_mapping
from liaf_ref._core.validation.fields import copy_fields, validate_fields, validate_optional_fields
from liaf_ref._core.validation.mappings import check_keys, check_params
from liaf_ref._core.validation.scalars import (
    check_bool,
    check_choice,
    check_instance,
    check_int,
    check_number,
    check_number_within,
    check_path,
    check_positive_int,
    check_rng,
)

__all__ = [
    "as_array",
    "check_bool",
    "check_callable",
    "check_choice",
    "check_float_array",
    "check_float_dtype",
    "check_index_array",
    "check_instance",
    "check_int",
    "check_items",
    "check_keys",
    "check_mapping",
    "check_number",
    "check_number_within",
    "check_params",
    "check_path",
    "check_positive_int",
    "check_rng",
    "check_shape",
    "copy_fields",
    "validate_fields",
    "validate_optional_fields",
]
