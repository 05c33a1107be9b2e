"""Which mutants are tried, and with what, by tools/mutation_test.py."""

from pathlib import Path

import pytest
from mutation_test import FIRST_TESTS, PARTS, first_tests, try_mutant
from subprocesses import ROOT

MUTANT = "liaf_ref.oracle.case.x_f__mutmut_1"


def test_a_mutant_of_the_oracle_meets_the_tests_of_its_chapter_first() -> None:
    (first, *_) = first_tests(ROOT, "liaf_ref.oracle.explain.search.x_f__mutmut_1")
    assert Path(first).name == "test_explain.py"
    for chapter in FIRST_TESTS:
        assert list(ROOT.glob(f"liaf_ref/oracle/{chapter}*"))
        assert first_tests(ROOT, f"liaf_ref.oracle.{chapter}.x_f__mutmut_1")
    assert first_tests(ROOT, "liaf_ref.oracle.strategies.x_f__mutmut_1") == []  # meets all tests


def test_the_parts_have_code_and_tests() -> None:
    named = [path for part in PARTS.values() for path in (*part.files, *part.tests)]
    files = [path.partition("::")[0] for path in named if path[0] != "-"]
    assert [path for path in files if not list(ROOT.glob(path))] == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("assert not changed", "killed"),
        ("assert True", "survived"),
        ("assert False", "survived: what fails with it fails without it too"),
    ],
)
def test_a_mutant_is_killed_by_a_test_that_passes_without_it(
    tmp_path: Path, body: str, expected: str
) -> None:
    folder = tmp_path / "mutants/tests/oracle"
    folder.mkdir(parents=True)
    (tmp_path / "mutants/pytest.ini").write_text("[pytest]\n")
    text = "import os, pytest\nchanged = 'MUTANT_UNDER_TEST' in os.environ\n"
    text += f"def test_one():\n    {body}\n"
    (folder / "test_one.py").write_text(text)
    assert try_mutant(tmp_path, PARTS["oracle"], MUTANT) == expected


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("oracle.kernel_backend:run", "survived"),
        ("liaf_ref.oracle.adapters.first_draft:answer", "killed"),
    ],
)
def test_the_cases_that_are_checked_by_default_judge_the_part_check(
    tmp_path: Path, backend: str, expected: str
) -> None:
    (tmp_path / "mutants").symlink_to(ROOT)
    part = PARTS["check"]._replace(backends={"oracle": backend})
    assert try_mutant(tmp_path, part, MUTANT) == expected
