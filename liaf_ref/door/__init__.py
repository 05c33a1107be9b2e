"""Checks at the door: what a public function expects, said once.

Kernels trust their caller; layers, networks and readers call these first.
Nothing is converted, clipped or repaired here: a wrong guest is refused with
what was expected, what came, and the equation or option it was meant for.
"""

from liaf_ref.door.arrays import check_float, check_floating, check_index, check_shape
from liaf_ref.door.values import (
    check_choice,
    check_generator,
    check_number,
    check_positive,
    check_whole,
)

__all__ = [
    "check_choice",
    "check_float",
    "check_floating",
    "check_generator",
    "check_index",
    "check_number",
    "check_positive",
    "check_shape",
    "check_whole",
]
