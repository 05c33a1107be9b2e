"""Checks at the door: what a public function expects, said once.

Kernels trust their caller; layers, networks and readers call these first.
Nothing is clipped or repaired here: a wrong guest is refused with what was
expected, what came, and the layer, equation or option it was meant for.  An array of
another library comes out as NumPy's, so what a check returns is what to go on with.
"""

from liaf_ref.door.arrays import as_array, check_float, check_floating, check_index, check_shape
from liaf_ref.door.fields import adopt, keep, keep_given
from liaf_ref.door.many import check_callable, check_items, check_mapping
from liaf_ref.door.names import check_names, check_parameters
from liaf_ref.door.values import (
    check_choice,
    check_flag,
    check_generator,
    check_instance,
    check_number,
    check_path,
    check_positive,
    check_rng,
    check_whole,
)

__all__ = [
    "adopt",
    "as_array",
    "check_callable",
    "check_choice",
    "check_flag",
    "check_float",
    "check_floating",
    "check_generator",
    "check_index",
    "check_instance",
    "check_items",
    "check_mapping",
    "check_names",
    "check_number",
    "check_parameters",
    "check_path",
    "check_positive",
    "check_rng",
    "check_shape",
    "check_whole",
    "keep",
    "keep_given",
]
