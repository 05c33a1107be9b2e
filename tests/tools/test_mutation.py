"""Which mutants are tried, and with what, by tools/mutation."""

from pathlib import Path

import pytest
from mutation.changed_functions import function_sources
from mutation.isolated import tests_for as select_tests
from mutation.isolated import try_mutant
from mutation.parts import NOT_FROM_SOURCE, PARTS
from mutation.parts import TestSelection as Selection
from mutation.workspace import ROOT, file_of
from oracle.wrong_backends import IMAGES, WRONG_BACKENDS

TEXT = """
def f(x):
    return x


class C:
    def g(self):
        return 1
"""


def test_a_mutant_is_found_by_its_function_and_its_file() -> None:
    before, after = (function_sources(text, "a.b") for text in (TEXT, TEXT.replace("1", "2")))
    assert set(before) == {"a.b.x_f", "a.b.xǁCǁg"}
    assert {name for name in before if before[name] != after[name]} == {"a.b.xǁCǁg"}
    commented = TEXT.replace("        return 1", '        """The number."""\n        return 1')
    assert function_sources(f"# a comment\n{commented}", "a.b") == before
    assert file_of("liaf_ref.kernels.grid.x_padded__mutmut_3") == "liaf_ref/kernels/grid.py"


def test_a_mutant_of_the_oracle_meets_tests_that_are_there() -> None:
    part = PARTS["oracle"]
    assert select_tests("liaf_ref.oracle.adapters.jax_backend.x_f__mutmut_1", part).keyword == "jax"
    package = select_tests("liaf_ref.oracle.explain.x_f__mutmut_1", part)
    assert package == part.isolated["liaf_ref/oracle/explain/"]
    other = select_tests("liaf_ref.oracle.case.x_f__mutmut_1", part)
    assert other == part.isolated["liaf_ref/oracle/"]
    folders = {path.parent.name for path in (ROOT / "liaf_ref/oracle").glob("*/__init__.py")}
    assert folders <= {start.split("/")[2] for start in part.isolated}
    for start, met in part.isolated.items():
        assert list(ROOT.glob(f"{start}*"))
        assert all(list((ROOT / "tests/oracle").glob(file)) for file in met.files)
    named = [path for part in PARTS.values() for path in (*part.files, *part.tests)]
    files = [path.partition("::")[0] for path in named if path[0] != "-"]
    assert [path for path in files if not list(ROOT.glob(path))] == []


def test_wrong_backends_that_are_built_from_the_oracles_source_are_left_out() -> None:
    from_source = [
        wrong.name
        for wrong in (*WRONG_BACKENDS, *IMAGES)
        if any(file.startswith("oracle/") for file, _ in ((wrong.file, ()), *wrong.more_changes))
    ]
    left_out = ("detached", "channels", "analog")
    assert [name for name in from_source if not any(word in name for word in left_out)] == []
    assert all(word in NOT_FROM_SOURCE for word in left_out)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("assert not changed", "killed"),
        ("assert True", "survived"),
        ("assert False", "survived: what fails with it fails without it too"),
        ("pass\nraise ImportError", "survived: what fails with it fails without it too"),
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
    assert try_mutant(tmp_path, Selection(("test_*.py",), "one"), "f__mutmut_1") == expected


def test_a_mutant_that_cannot_be_imported_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "mutants/tests/oracle"
    folder.mkdir(parents=True)
    (tmp_path / "mutants/pytest.ini").write_text("[pytest]\n")
    conftest = tmp_path / "mutants/conftest.py"
    conftest.write_text("import os\nassert 'MUTANT_UNDER_TEST' not in os.environ\n")
    (folder / "test_one.py").write_text("def test_one():\n    pass\n")
    assert try_mutant(tmp_path, Selection(("test_*.py",)), "f__mutmut_1") == "killed"
