"""The options of random cases, for the commands that draw some."""

import argparse
from typing import TYPE_CHECKING

from liaf_ref._core.errors import InputError
from liaf_ref.cli.options import bounded_int, file_path
from liaf_ref.oracle.fixed_point.words import ALLOWED
from liaf_ref.oracle.formats import FORMATS, check_format, has_own_cases

if TYPE_CHECKING:
    from liaf_ref.oracle.declaration import Declaration
    from liaf_ref.oracle.random_cases import RandomCases

# Of arguments that have another name than their option.
OPTION_NAMES = {"ops": "--op", "gates": "--gate-forced", "declaration": "--declare"}
DTYPE_HELP = (
    "dtype of the cases: float32, float64, float16, bfloat16, tf32, or fixed point such as q4.12 "
    "(default: float32)"
)
DECLARE_HELP = (
    'TOML file that declares the backend\'s own conventions, such as reset = "subtract"; '
    "the cases are answered by them (default: the paper's)"
)


def number_format(text: str) -> str:
    """Read the name of a format."""
    try:
        return check_format("dtype", text, "--dtype")
    except InputError:
        expected = f"{', '.join(FORMATS)}, or {ALLOWED}"
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}") from None


def add_format_options(group: argparse._ActionsContainer) -> None:
    """Add the number format and the declaration."""
    option = group.add_argument
    option("--dtype", type=number_format, default="float32", metavar="D", help=DTYPE_HELP)
    option("--declare", type=file_path, metavar="FILE", help=DECLARE_HELP)


def add_random_option(group: argparse._ActionsContainer, help_text: str) -> None:
    """Add how many cases are drawn."""
    count = bounded_int(1, 1_000_000)
    group.add_argument("--random", type=count, metavar="N", help=help_text)


def add_draw_options(group: argparse._ActionsContainer) -> None:
    """Add what is drawn."""
    option = group.add_argument
    option("--seed", type=bounded_int(0), metavar="S", help="seed of the random cases (default: 0)")
    option(
        "--op",
        metavar="OP,OP",
        help="draw only these operations, such as conv,neuron (default: all)",
    )
    option(
        "--max-size",
        type=bounded_int(1),
        metavar="N",
        help="largest number of entries of an array in a random case (default: 20000)",
    )


def draws(args: argparse.Namespace) -> bool:
    """Whether the cases are random: of few bits none are stored."""
    is_set = getattr(args, "set", None) is not None
    return args.random is not None or (has_own_cases(args.dtype) and not is_set)


def check_draw_options(args: argparse.Namespace) -> None:
    """Refuse what only random cases have."""
    for option in ("seed", "op", "max_size"):
        if getattr(args, option) is not None and not draws(args):
            raise InputError(f"--{option.replace('_', '-')}: expected --random N with it")


def draw_cases(
    args: argparse.Namespace,
    declaration: "Declaration",
    gates: bool = False,
    chunks: int | None = None,
) -> "RandomCases":
    """The random cases that the options ask for."""
    from liaf_ref.oracle.checker.selection import DEFAULT_COUNT  # noqa: PLC0415 - others do without
    from liaf_ref.oracle.random_cases import DEFAULT_MAX_SIZE, random_cases  # noqa: PLC0415

    return random_cases(
        args.random or DEFAULT_COUNT,
        seed=args.seed or 0,
        ops=None if args.op is None else args.op.split(","),
        max_size=args.max_size or DEFAULT_MAX_SIZE,
        dtype=args.dtype,
        gates=gates,
        chunks=chunks,
        declaration=declaration,
    )
