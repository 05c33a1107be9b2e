"""The parts: what is broken, and which tests are to notice."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

TEXTS = "tests/refusals/test_refusals.py::test_a_door_says_what_the_table_has"


class Met(NamedTuple):
    """Tests that a mutant meets: files of tests/oracle, as patterns in order, and which of them."""

    files: tuple[str, ...]
    of: str = ""


class Part(NamedTuple):
    """What is broken, and the tests that are to notice.

    Attributes
    ----------
    files : list of str
        What is broken.
    tests : list of str
        What mutmut runs; of a part whose mutants are tried alone, what it starts with.
    alone : mapping of str to Met
        What a mutant meets in a process of its own, by how its file's path begins.
    """

    files: list[str]
    tests: list[str]
    alone: Mapping[str, Met] = MappingProxyType({})


FULL = "adapters/test_full_backends.py"
EXACT = ("test_exact_[!i]*.py", "test_golden.py")
CHECK = ("test_said.py", "test_check.py", "test_check_[!w]*.py", "test_plugin.py")
WRONG = "test_check_wrong.py"
DOORS = "../refusals/test_refusals.py"  # what each says to each wrong input
TABLE = "not test_refusals or the_table_has[oracle"  # of its tests those of the oracle's doors
FROM_SOURCE = "not detached and not channels"  # wrong backends made of source that is broken
ORACLE = {
    "adapters/autograd": Met(("adapters/test_autograd.py", FULL), "autograd"),
    "adapters/jax": Met(("adapters/test_jax.py", FULL), "jax"),
    "adapters/torch": Met(("adapters/test_torch.py", FULL), "torch"),
    "adapters/descent": Met((FULL,), "autograd"),
    "adapters/walk": Met(("test_said.py", FULL), "autograd or declined"),
    "adapters/": Met(("adapters/test_[!f]*.py", "test_compare*.py")),
    "bound/": Met(("test_bound*.py", "test_golden.py", DOORS), TABLE),
    "cases/": Met(("test_cases*.py", "test_golden.py", DOORS), TABLE),
    "checker/": Met((*CHECK, WRONG), FROM_SOURCE),
    "compare/": Met(("test_said.py", "test_compare*.py", DOORS), TABLE),
    "conventions/": Met(("test_said.py", "test_conventions.py", WRONG), FROM_SOURCE),
    "exact/": Met(EXACT),
    "golden/": Met(("test_said.py", "test_golden*.py", DOORS), TABLE),
    "gradchecker/": Met(
        ("test_said.py", "test_gradcheck.py", "../cli/test_gradcheck.py", DOORS), TABLE
    ),
    "reference/": Met(
        (*EXACT, "test_conventions.py", WRONG, DOORS), f"{FROM_SOURCE} and ({TABLE})"
    ),
    "": Met((*CHECK, "test_exact_reference.py", DOORS), TABLE),
}
PARTS = {
    "kernels": Part(
        ["liaf_ref/kernels/*", "liaf_ref/fast/*"],
        ["tests/kernels", "tests/gradients", "tests/fast"],
    ),
    "training": Part(
        ["liaf_ref/training/*"],
        ["tests/training", "tests/experiments/test_explain.py", TEXTS],
    ),
    "readers": Part(
        [
            "liaf_ref/data/events/*",
            "liaf_ref/data/babi/files.py",
            "liaf_ref/data/babi/reader.py",
            "liaf_ref/reading/*",
        ],
        ["tests/data/events", "tests/data/test_reader.py", "tests/reading", TEXTS],
    ),
    "oracle": Part(
        ["liaf_ref/oracle/*"],
        ["tests/oracle/test_conventions.py"],
        {f"liaf_ref/oracle/{code}": met for code, met in ORACLE.items()},
    ),
}
