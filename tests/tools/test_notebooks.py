"""The notebooks' two versions, and what every source has to have."""

import ast
import itertools
import operator
import re
import symtable
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from support import LazyModule, start_python, wait_for

tool = LazyModule("notebooks")
SOURCES = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]-*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_solution_is_folded_away_for_students_and_is_in_no_handout(source: Path) -> None:
    cells = {v: tool.build(source, v, "..").cells for v in ("solutions", "handout", "student")}
    is_solution = ["solution" in cell.metadata.get("tags", []) for cell in cells["solutions"]]
    answers = [*itertools.compress(cells["solutions"], is_solution)]
    asked = [c for c in cells["student"] if "exercise" in c.metadata.get("tags", [])]
    folded = [c for c in cells["student"] if c.source.startswith("<details>")]
    assert answers
    assert len(answers) == len(asked) == len(folded)
    for answer, exercise, fold in zip(answers, asked, folded, strict=True):
        assert exercise.source.endswith(tool.PLACEHOLDER)
        assert answer.source in fold.source
        code = [line for line in answer.source.splitlines() if not line.startswith("#")]
        assert not set(filter(str.strip, code)) & set(exercise.source.splitlines())
    elsewhere = lines(itertools.compress(cells["solutions"], map(operator.not_, is_solution)))
    handout, student = lines(cells["handout"]), lines(cells["student"])
    assert handout["_ = threadpool_limits(1)"] == 1
    for cell in answers:
        rest = itertools.dropwhile(lambda line: line.startswith("#"), cell.source.splitlines())
        for line in filter(str.strip, rest):
            assert handout[line] == elsewhere[line] < student[line], line


def lines(cells: Iterable[Any]) -> Counter[str]:
    return Counter(line for cell in cells for line in cell.source.splitlines())


def test_a_handout_has_the_final_project_and_a_table_of_thirty_marks(tmp_path: Path) -> None:
    written = {path.name for path in tool.write_handout(tmp_path)}
    assert written == {f"{source.stem}.ipynb" for source in SOURCES}
    text = (tmp_path / "learn/course.md").read_text("utf-8")
    assert "](" not in text.partition("\n## Final project\n")[2]
    for n in range(30):
        marks = f'{{"student": "Student {n}", "id": "", "marks": {{"half": "correct"}}}}'
        (tmp_path / f"{n} 01.json").write_text(marks, "utf-8")
    done = wait_for(start_python("class_table.py", "*.json", cwd=tmp_path))
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 31)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_name_that_an_exercise_defines_is_new(source: Path) -> None:
    """Otherwise the check would take a value of the notebook for the student's answer."""
    bound: set[str] = set()
    for cell in tool.build(source, "handout", "..").cells:
        if cell.cell_type == "code":
            for call in (n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Call)):
                if ast.unparse(call.func) in ("check", "mark_quiz"):
                    names = {arg.value for arg in call.args if isinstance(arg, ast.Constant)}
                    assert names.isdisjoint(bound)
            bound |= names_bound(cell.source)


def names_bound(cell: str) -> set[str]:
    """The global variables that a cell sets, but not those of its functions."""
    table = symtable.symtable(cell, "cell", "exec")
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


@pytest.fixture
def executed() -> Any:
    """A notebook that was executed: its checks have printed what they should print."""
    book = tool.build_run(SOURCES[0])
    checks = [cell for cell in book.cells if "check" in cell.metadata.get("tags", [])]
    for number, cell in enumerate(checks):
        text = "Correct.\n" if 2 * number >= len(checks) else "Exercise not answered yet: \n"
        cell.outputs = [tool.nbformat.v4.new_output("stream", text=text)]
    return book, checks


def check(run: Any) -> list[str]:
    student, solutions = (tool.build(SOURCES[0], version, "") for version in tool.VERSIONS)
    assert tool.copy_outputs(run, student)
    assert tool.copy_outputs(run, solutions)
    wrong = tool.checks_answered(student, tool.NOT_ANSWERED)
    return [*wrong, *tool.checks_answered(solutions, tool.CORRECT)]


def test_an_answer_that_is_not_marked_is_found(executed: Any) -> None:
    run, checks = executed
    assert check(run) == []
    checks[0].outputs, checks[-1].outputs = checks[-1].outputs, checks[0].outputs
    marked, unanswered = check(run)
    assert "expected to print 'not answered yet', got 'Correct.\\n'" in marked
    assert "expected to print 'Correct.', got 'Exercise not answered yet" in unanswered


def test_outputs_of_another_text_are_refused(executed: Any) -> None:
    run, _ = executed
    run.cells[2].source += "  # changed"
    assert not tool.copy_outputs(run, tool.build(SOURCES[0], "student", ""))


def test_notebook_00_is_the_whole_file_without_its_main() -> None:
    book = tool.build(SOURCES[0], "solutions", "..")
    cells = [cell.source for cell in book.cells if cell.cell_type == "code"]
    source = (Path(__file__).parents[2] / "liaf_ref" / "minimal.py").read_text("utf-8")
    kinds = ast.FunctionDef | ast.Assign | ast.AnnAssign
    body = [node for node in ast.parse(source).body if isinstance(node, kinds)]
    parts = [node for node in body if getattr(node, "name", "") != "main"]
    codes = [ast.get_source_segment(source, node) or "" for node in parts]
    assert len(codes) > 20
    assert [code for code in codes if code not in "\n".join(cells)] == []


def test_what_a_student_has_written_stays(tmp_path: Path) -> None:
    written = list(tool.write_lab(tmp_path))
    assert [path.stem for path in written] == [source.stem for source in SOURCES]
    written[0].write_text("mine", "utf-8")
    written[1].unlink()
    assert list(tool.write_lab(tmp_path)) == [written[1]]
    assert written[0].read_text("utf-8") == "mine"


def test_pages_and_pictures_lie_beside_the_notebooks(tmp_path: Path) -> None:
    assert list(tool.write_lab(tmp_path))
    text = (tmp_path / "equations" / "neuron.md").read_text("utf-8")
    assert "U[:, t] = I[:, t] + V  # (3)" in text
    assert "{equation}" not in text
    found = 0
    for path in (*tmp_path.rglob("*.md"), *tmp_path.glob("*.ipynb")):
        text = path.read_text("utf-8")
        for link in re.findall(r"\]\(([\w./-]+\.(?:md|svg))(?:#[\w-]+)?\)", text):
            assert (path.parent / link).is_file(), f"{path.name}: {link}"
            found += 1
    assert found > 50


def test_a_cell_that_shows_too_few_or_too_many_figures_is_named() -> None:
    import nbformat

    image = nbformat.v4.new_output("display_data", {"image/png": ""})
    text = nbformat.v4.new_output("stream", text="a line")
    sources = {"show(figure)": [text, image], "show(a)\nshow(b)": [image], "shown(x)": [image]}
    cells = [nbformat.v4.new_code_cell(code, outputs=out) for code, out in sources.items()]
    found = list(tool.figures_shown(nbformat.v4.new_notebook(cells=cells)))
    assert [line.partition(": ")[2] for line in found] == [
        "expected 2 figures by show, got 1",
        "expected 0 figures by show, got 1",
    ]
