"""The option that chooses golden cases by level."""

import argparse

from liaf_ref._core.errors import InputError
from liaf_ref.oracle.case import LEVELS, parse_levels


def add_level_option(group: argparse._ActionsContainer) -> None:
    """Add the option that chooses golden cases by level."""
    group.add_argument(
        "--level",
        type=levels,
        default=tuple(LEVELS),
        metavar="L",
        help="levels, such as L0 or L0,L3 or L0..L2 (default: all)",
    )


def levels(text: str) -> tuple[str, ...]:
    """Read ``L0,L2..L4`` as L0, L2, L3, L4."""
    try:
        return parse_levels(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
