"""The parts: what is broken, and which tests are to notice."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

TEXTS = "tests/refusals/test_refusals.py::test_a_door_says_what_the_table_has"
# Left out of the oracle's: what takes minutes for each mutant that survives, or starts
# frameworks' threads; and what reads the source, which mutmut has rewritten.
SKIPPED = [
    f"--ignore=tests/oracle/{name}.py"
    for name in (
        "test_check_wrong",
        "test_plugin",
        "adapters/test_full_backends",
        "test_exact_independence",
    )
]
CHECK = ["test_check*.py", "test_plugin.py", "test_said.py"]
FROM_SOURCE = "not detached and not channels"  # wrong backends made of source that is mutated
AGAIN = {
    f"liaf_ref/oracle/{code}": tests
    for code, tests in {
        "adapters/": ["adapters"],
        "bound/": ["test_bound*.py", "test_golden.py"],
        "cases/": ["test_cases*.py", "test_golden.py"],
        "compare/": ["adapters", "test_compare*.py"],
        "conventions/": ["test_conventions.py", *CHECK],
        "exact/": ["test_exact_[!i]*.py", "test_golden.py"],
        "golden/": ["test_golden*.py", "test_said.py"],
        "gradchecker/": ["test_gradcheck.py", "test_said.py"],
        "reference/": ["test_exact_[!i]*.py", "test_golden.py", *CHECK],
        "": CHECK,
    }.items()
}


class Part(NamedTuple):
    """What is broken, and the tests that are to notice.

    Attributes
    ----------
    files : list of str
        What is broken.
    tests : list of str
        What is run in forks.
    again : mapping of str to list of str
        What a survivor meets in a process of its own, by how its file's path begins.
    """

    files: list[str]
    tests: list[str]
    again: Mapping[str, list[str]] = MappingProxyType({})


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
        ["liaf_ref/data/events/*", "liaf_ref/data/babi/reader.py", "liaf_ref/reading/*"],
        ["tests/data/events", "tests/data/test_reader.py", "tests/reading", TEXTS],
    ),
    "oracle": Part(
        ["liaf_ref/oracle/*"],
        ["tests/oracle", "tests/cli/test_gradcheck.py", TEXTS, *SKIPPED],
        AGAIN,
    ),
}
