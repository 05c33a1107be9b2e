"""Which tests a mutant meets, and what they say of it, in tools/mutation_test.py."""

from pathlib import Path

import pytest
from mutation_test import CHECK, PARTS, compare_tests, find_tests, record_lines, run_python
from subprocesses import ROOT


def test_the_parts_have_code_and_tests() -> None:
    named = {path.partition("::")[0] for part in PARTS.values() for path in part.files + part.tests}
    assert [path for path in named if path[0] != "-" and not list(ROOT.glob(path))] == []


TESTS = """
import pytest
from liaf_ref.code import changed, value
@pytest.mark.parametrize("name", ["a|b", "c"])
def test_passes_without(name):
    assert not changed()
def test_passes_with_both():
    assert value() == 1
def test_always_fails():
    assert value() == 2
"""


def test_a_test_of_its_line_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pytest_cov")  # which make mutants installs
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take longer than the tests
    monkeypatch.setenv("PYTEST_PLUGINS", "pytest_cov.plugin")
    original, changed = tmp_path / "a", tmp_path / "b"
    for folder, answer in ((original, False), (changed, True)):
        (folder / "liaf_ref").mkdir(parents=True)
        (folder / "liaf_ref" / "__init__.py").touch()
        code = f"def changed():\n    return {answer}\ndef value():\n    return (\n        1)\n"
        (folder / "liaf_ref" / "code.py").write_text(code)
        (folder / "test_one.py").write_text(TESTS)
        (folder / "pytest.ini").write_text("[pytest]\n")
    record_lines(original, PARTS["oracle"]._replace(tests=["test_one.py"]))
    names = [f"test_one.py::test_{name}" for name in ("always_fails", "passes_with_both")]
    assert find_tests(original, "liaf_ref/code.py", 5) == names
    kills = [f"test_one.py::test_passes_without[{name}]" for name in ("a|b", "c")]
    assert find_tests(original, "liaf_ref/code.py", 2) == kills
    assert find_tests(original, "liaf_ref/code.py", 1) == []  # it runs on import
    assert compare_tests(original, changed, [*names[1:], *kills]) == "killed"
    assert compare_tests(original, changed, names[1:]) == "survived"
    assert compare_tests(original, changed, names).endswith(" fails without it too")
    (changed / "liaf_ref" / "code.py").write_text("value = changed")  # no test is collected
    assert compare_tests(original, changed, names[1:]) == "killed"


def test_stored_cases_judge_the_part_check() -> None:
    cases = ("--stored", "--level", "L0")
    for backend, code in (
        ("oracle.kernel_backend:run", 0),
        ("liaf_ref.oracle.adapters.first_draft:answer", 1),
    ):
        assert run_python(ROOT, *CHECK, backend, *cases) == code
