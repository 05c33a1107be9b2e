"""The notebooks' two versions, and what every source has to have."""

import importlib.util
import re
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
from documentation.excerpt import include_definitions

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.py"))


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    pytest.importorskip("jupytext")
    spec = importlib.util.spec_from_file_location("notebooks", ROOT / "tools" / "notebooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_solution_is_folded_away_for_students(tool: ModuleType, source: Path) -> None:
    full = tool.build(source, "solutions", "..")
    student = tool.build(source, "student", "..")
    answers = [c for c in full.cells if "solution" in c.metadata.get("tags", [])]
    asked = [c for c in student.cells if "exercise" in c.metadata.get("tags", [])]
    folded = [c for c in student.cells if c.source.startswith("<details>")]
    assert answers
    assert len(answers) == len(asked) == len(folded)
    for answer, exercise, fold in zip(answers, asked, folded, strict=True):
        assert exercise.source.endswith(tool.PLACEHOLDER)
        assert answer.source in fold.source
        code = [line for line in answer.source.splitlines() if not line.startswith("#")]
        assert not set(filter(str.strip, code)) & set(exercise.source.splitlines())


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_what_every_notebook_has(source: Path) -> None:
    text = source.read_text("utf-8")
    assert text.count("**What to remember**") == 1
    assert 'tags=["check"]' in text
    assert 'tags=["setup"]' in text
    assert text.count("# # ") == 1  # one title


def test_equations_are_linked_to_their_pages(tool: ModuleType) -> None:
    book = tool.build(SOURCES[0], "student", "../../docs/equations")
    text = "\n".join(cell.source for cell in book.cells)
    assert "(eq:" not in text
    assert "[Eq. (3)](../../docs/equations/eq3.md)" in text


def test_a_notebook_shows_the_adapter_that_is_tested(tool: ModuleType) -> None:
    (source,) = (path for path in SOURCES if path.stem.startswith("12-"))
    book = tool.build(source, "student", "..")
    adapters = ROOT / "liaf_ref/oracle/adapters"
    names = ("torch_backend.py", "framework.py")
    text = "\n".join((adapters / name).read_text("utf-8") for name in names)
    shown = [
        code
        for cell in book.cells
        for code in re.findall(r"^```python\n(.*?)^```$", cell.source, re.M | re.S)
        if "solution" not in cell.source.lower()
    ]
    assert [code.partition("(")[0] for code in shown] == ["class Spike", "def neuron"]
    assert all(code in text or textwrap.indent(code, "    ") in text for code in shown)


@pytest.mark.parametrize("name", ["gone", "Spike.gone", "Spike.forward.gone"])
def test_a_definition_that_is_gone_is_an_error(name: str) -> None:
    path = "liaf_ref/oracle/adapters/torch_backend.py"
    with pytest.raises(LookupError, match=rf"torch_backend.py: expected a definition of {name}"):
        include_definitions(f"```{{literalinclude}} {path}\n:pyobject: {name}\n```")


def test_a_definition_is_shown_with_its_decorators() -> None:
    path = "liaf_ref/oracle/adapters/torch_backend.py"
    text = include_definitions(f"```{{literalinclude}} {path}\n:pyobject: Spike.forward\n```")
    assert text.startswith("```python\n@staticmethod\ndef forward(")


def test_a_notebook_is_the_same_each_time(tool: ModuleType) -> None:
    assert tool.build(SOURCES[0], "student", "..") == tool.build(SOURCES[0], "student", "..")


def test_what_a_student_has_written_stays(tool: ModuleType, tmp_path: Path) -> None:
    written = list(tool.write_lab(tmp_path))
    assert [path.stem for path in written] == [source.stem for source in SOURCES]
    written[0].write_text("mine", "utf-8")
    written[1].unlink()
    assert list(tool.write_lab(tmp_path)) == [written[1]]
    assert written[0].read_text("utf-8") == "mine"


def test_the_equations_lie_beside_with_their_lines(tool: ModuleType, tmp_path: Path) -> None:
    assert list(tool.write_lab(tmp_path))
    text = (tmp_path / "equations" / "eq3.md").read_text("utf-8")
    assert "U[:, t] = I[:, t] + V  # (3)" in text
    assert "{equation}" not in text
