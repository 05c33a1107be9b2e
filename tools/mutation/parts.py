"""The parts: the code that is mutated, and the tests that should fail."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

ERROR_MESSAGE_TESTS = "tests/validation/test_error_messages.py::test_invalid_values_are_refused"


class TestSelection(NamedTuple):
    """Tests of a mutant: patterns of files in tests/oracle, in order, and a keyword."""

    files: tuple[str, ...]
    keyword: str = ""


class Part(NamedTuple):
    """Code that is mutated, and the tests that should fail.

    Attributes
    ----------
    files : list of str
        Patterns of the source files to mutate.
    tests : list of str
        Tests that mutmut runs; if mutants run isolated, the tests of its first pass.
    isolated : mapping of str to TestSelection
        Tests of a mutant in a separate process, by the prefix of its file's path.
    """

    files: list[str]
    tests: list[str]
    isolated: Mapping[str, TestSelection] = MappingProxyType({})


BACKEND_TESTS = "adapters/test_full_backends.py"
TABLE_TESTS = ("test_table.py", "test_golden.py", "test_check_wrong.py")
CHECKER_TESTS = (
    "test_snapshots.py",
    "test_check.py",
    "test_check_[!w]*.py",
    "test_declaration*.py",
    "test_plugin.py",
)
WRONG_BACKEND_TESTS = "test_check_wrong.py"
VALIDATION_TESTS = "../validation/test_error_messages.py"
ORACLE_VALIDATION = "not test_error_messages or are_refused[oracle"  # of its tests the oracle's
# These backends are built from mutated source.
NOT_FROM_SOURCE = "not detached and not channels and not (analog and missing)"
ORACLE = {
    "adapters/autograd": TestSelection((BACKEND_TESTS,), "autograd"),
    "adapters/jax": TestSelection((BACKEND_TESTS,), "jax"),
    "adapters/torch": TestSelection((BACKEND_TESTS,), "torch"),
    "adapters/framework": TestSelection(
        ("test_snapshots.py", BACKEND_TESTS), "autograd or declined"
    ),
    "adapters/": TestSelection((BACKEND_TESTS, "test_frameworks*.py")),
    "error_bounds/": TestSelection(
        ("test_error_bounds*.py", "test_golden.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "checker/": TestSelection((*CHECKER_TESTS, WRONG_BACKEND_TESTS), NOT_FROM_SOURCE),
    "deviations/": TestSelection(
        ("test_snapshots.py", "test_deviations.py", WRONG_BACKEND_TESTS), NOT_FROM_SOURCE
    ),
    "table/": TestSelection(TABLE_TESTS),
    "golden/": TestSelection(
        ("test_snapshots.py", "test_golden*.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "gradcheck/": TestSelection(
        ("test_snapshots.py", "test_gradcheck.py", "../cli/test_gradcheck.py", VALIDATION_TESTS),
        ORACLE_VALIDATION,
    ),
    "reference/": TestSelection(
        (*TABLE_TESTS, "test_deviations.py", WRONG_BACKEND_TESTS, VALIDATION_TESTS),
        f"{NOT_FROM_SOURCE} and ({ORACLE_VALIDATION})",
    ),
    "chunks": TestSelection(("test_chunks.py",)),
    "declaration/": TestSelection(
        (
            "test_declaration*.py",
            "test_winograd.py",
            "test_presets.py",
            "test_snapshots.py",
            VALIDATION_TESTS,
        ),
        ORACLE_VALIDATION,
    ),
    "explain/": TestSelection(
        ("test_explain*.py", "test_snapshots.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "formats": TestSelection(("test_low_precision.py", "test_fixed_point.py")),
    "draw/": TestSelection(("test_random_cases.py", VALIDATION_TESTS), ORACLE_VALIDATION),
    "shrinking/": TestSelection(
        ("test_shrink.py", "test_snapshots.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "specification": TestSelection(
        ("test_specification.py", "test_snapshots.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "strategies": TestSelection(("test_random_cases.py", VALIDATION_TESTS), ORACLE_VALIDATION),
    "surrogates/": TestSelection(
        ("surrogates/test_*.py", "test_snapshots.py", VALIDATION_TESTS), ORACLE_VALIDATION
    ),
    "opset": TestSelection(("test_opset.py", "test_golden*.py")),
    "shapes": TestSelection(("test_opset.py", "test_golden_files.py")),
    "": TestSelection((*CHECKER_TESTS, "test_table.py", VALIDATION_TESTS), ORACLE_VALIDATION),
}
PARTS = {
    "kernels": Part(
        ["liaf_ref/kernels/*", "liaf_ref/fast/*"],
        ["tests/kernels", "tests/gradients", "tests/fast", "tests/oracle/test_table.py"],
    ),
    "training": Part(
        ["liaf_ref/training/*"],
        [
            "tests/training",
            "tests/test_public_api.py",
            "tests/experiments/test_nonfinite_diagnosis.py",
            ERROR_MESSAGE_TESTS,
            # In a fork it would wait for the lock of a progress bar that mutmut holds.
            "--deselect=tests/test_public_api.py::test_train_shows_progress_where_asked",
        ],
    ),
    "readers": Part(
        [
            "liaf_ref/data/events/*",
            "liaf_ref/data/babi/reader.py",
            *(f"liaf_ref/_core/{name}.py" for name in ("safe_load", "child")),
        ],
        ["tests/data/events", "tests/data/test_reader.py", "tests/safe_load", ERROR_MESSAGE_TESTS],
    ),
    "oracle": Part(
        ["liaf_ref/oracle/*"],
        ["tests/oracle/test_deviations.py"],
        {f"liaf_ref/oracle/{code}": met for code, met in ORACLE.items()},
    ),
}
