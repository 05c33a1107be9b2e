"""The options that choose or draw cases, for the commands that have some."""

import argparse

from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import whole
from liaf_ref.cli.options import any_path, option, refuse
from liaf_ref.oracle.case import LEVELS, check_levels
from liaf_ref.oracle.formats import ALLOWED, FORMATS, check_format, has_own_cases

# Of arguments that have another name than their option.
OPTION_NAMES = {"ops": "--op", "gates": "--gate-forced", "declaration": "--declare"}
DTYPE_HELP = "dtype: float32, float64, float16, bfloat16, tf32, or fixed point such as q4.12"
DECLARE_HELP = "TOML of the backend's own conventions, such as reset = 'subtract' (default: none)"


def levels(text: str) -> tuple[str, ...]:
    """Read ``L0,L2`` as L0 and L2."""
    try:
        return check_levels(text, "--level")
    except InputError as error:
        raise argparse.ArgumentTypeError(error.reason) from None


def number_format(text: str) -> str:
    """Read the name of a format."""
    try:
        return check_format("dtype", text, "--dtype")
    except InputError:
        expected = f"{', '.join(FORMATS)}, or {ALLOWED}"
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}") from None


def add_level_option(group: argparse._ActionsContainer) -> None:
    """Add the option that chooses golden cases by level."""
    text = "levels, such as L0 or L0,L3 (default: all)"
    group.add_argument("--level", type=levels, default=tuple(LEVELS), metavar="L", help=text)


def add_draw_options(group: argparse._ActionsContainer) -> None:
    """Add the number format, the declaration, and what is drawn."""
    option(group, "--dtype D", number_format, DTYPE_HELP, "float32")
    option(group, "--declare FILE", any_path, DECLARE_HELP)
    option(group, "--seed S", whole(0), "seed of the random cases (default: 0)")
    option(group, "--op OP,OP", str, "operations to draw, such as conv,neuron (default: all)")
    size = "largest number of entries of an array in a random case (default: 40000)"
    option(group, "--max-size N", whole(), size)


def add_random_option(group: argparse._ActionsContainer, text: str) -> None:
    """Add how many cases are drawn."""
    option(group, "--random N", whole(1, 1_000_000), text)


def draws(args: argparse.Namespace) -> bool:
    """Whether the cases are random: of few bits none are stored."""
    are_given = getattr(args, "set", None) is not None or getattr(args, "stored", False)
    return args.random is not None or (has_own_cases(args.dtype) and not are_given)


def check_draw_options(args: argparse.Namespace) -> None:
    """Refuse what only random cases have."""
    if not draws(args):
        refuse(args, ("seed", "op", "max_size", "gate_forced"), "expected --random N with it")
