"""The parts: what is broken, and which tests are to notice."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

ERROR_MESSAGE_TESTS = "tests/validation/test_error_messages.py::test_a_door_says_what_the_table_has"


class TestSelection(NamedTuple):
    """Tests that a mutant meets: files of tests/oracle, as patterns in order, and which of them."""

    files: tuple[str, ...]
    keyword: str = ""


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
    isolated: Mapping[str, TestSelection] = MappingProxyType({})


BACKEND_TESTS = "adapters/test_full_backends.py"
EXACT_TESTS = ("test_exact_[!i]*.py", "test_golden.py")
CHECKER_TESTS = ("test_said.py", "test_check.py", "test_check_[!w]*.py", "test_plugin.py")
WRONG_BACKEND_TESTS = "test_check_wrong.py"
VALIDATION_TESTS = "../refusals/test_refusals.py"  # what each says to each wrong input
ORACLE_VALIDATION = (
    "not test_refusals or the_table_has[oracle"  # of its tests those of the oracle's doors
)
NOT_FROM_SOURCE = "not detached and not channels"  # wrong backends made of source that is broken
ORACLE = {
    "adapters/autograd": TestSelection(("adapters/test_autograd.py", BACKEND_TESTS), "autograd"),
    "adapters/jax": TestSelection(("adapters/test_jax.py", BACKEND_TESTS), "jax"),
    "adapters/torch": TestSelection(("adapters/test_torch.py", BACKEND_TESTS), "torch"),
    "adapters/descent": TestSelection((BACKEND_TESTS,), "autograd"),
    "adapters/walk": TestSelection(("test_said.py", BACKEND_TESTS), "autograd or declined"),
    "adapters/": TestSelection(("adapters/test_[!f]*.py", "test_compare*.py")),
    "bound/": TestSelection(
        ("test_bound*.py", "test_golden.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "cases/": TestSelection(
        ("test_cases*.py", "test_golden.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "checker/": TestSelection((*CHECKER_TESTS, WRONG_BACKEND_TESTS), NOT_FROM_SOURCE),
    "compare/": TestSelection(
        ("test_said.py", "test_compare*.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "conventions/": TestSelection(
        ("test_said.py", "test_conventions.py", WRONG_BACKEND_TESTS), NOT_FROM_SOURCE
    ),
    "exact/": TestSelection(EXACT_TESTS),
    "golden/": TestSelection(
        ("test_said.py", "test_golden*.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "gradchecker/": TestSelection(
        ("test_said.py", "test_gradcheck.py", "../cli/test_gradcheck.py", VALIDATION_TESTS),
        ORACLE_VALIDATION,
    ),
    "reference/": TestSelection(
        (*EXACT_TESTS, "test_conventions.py", WRONG_BACKEND_TESTS, VALIDATION_TESTS),
        f"{NOT_FROM_SOURCE} and ({ORACLE_VALIDATION})",
    ),
    "": TestSelection(
        (*CHECKER_TESTS, "test_exact_reference.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
}
PARTS = {
    "kernels": Part(
        ["liaf_ref/kernels/*", "liaf_ref/fast/*"],
        ["tests/kernels", "tests/gradients", "tests/fast"],
    ),
    "training": Part(
        ["liaf_ref/training/*"],
        ["tests/training", "tests/experiments/test_nonfinite_diagnosis.py", ERROR_MESSAGE_TESTS],
    ),
    "readers": Part(
        [
            "liaf_ref/data/events/*",
            "liaf_ref/data/babi/files.py",
            "liaf_ref/data/babi/reader.py",
            "liaf_ref/reading/*",
        ],
        ["tests/data/events", "tests/data/test_reader.py", "tests/reading", ERROR_MESSAGE_TESTS],
    ),
    "oracle": Part(
        ["liaf_ref/oracle/*"],
        ["tests/oracle/test_conventions.py"],
        {f"liaf_ref/oracle/{code}": met for code, met in ORACLE.items()},
    ),
}
