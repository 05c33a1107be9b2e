"""Checks of a notebook's exercises and quizzes: not answered yet, wrong, and right."""

import ast
import base64
import re
import symtable
import sys
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pytest
from documentation.excerpt import write_out_imports
from support import start_python, wait_for

from liaf_ref.exercises import WrongAnswer, check, compare, main, mark_quiz

HALF = """
@check("half")
def _():
    assert half(3) == 1.5, f"half(3): expected 1.5, got {half(3)}"
"""
NOT_ANSWERED = "Exercise not answered yet: define `half`, and run that cell.\n"
Notebook = Callable[[str], None]


@pytest.fixture
def run() -> Notebook:
    """Run cells one after another in one namespace, each a file of its own, as a notebook does."""
    variables: dict[str, Any] = {"check": check, "mark_quiz": mark_quiz}
    return lambda cell: exec(compile(cell, f"cell {hash(cell)}", "exec"), variables)  # noqa: S102


ABC = '@check("a", "b", "c")\ndef _():\n    assert False'


@pytest.mark.parametrize(
    ("answer", "cell", "printed"),
    [
        *((none, HALF, NOT_ANSWERED) for none in ("# None yet.", "half = None", "half = ...")),
        ("b = 0", ABC, "Exercise not answered yet: define `a` and `c`, and run that cell.\n"),
        ("half = lambda x: x / 2", HALF, "Correct.\n"),
    ],
)
def test_an_exercise_without_an_answer_or_with_a_right_one_says_so_and_nothing_else(
    run: Notebook, answer: str, cell: str, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(answer)
    run(cell)
    assert capsys.readouterr() == (printed, "")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("half = lambda x: x // 2", "half(3): expected 1.5, got 1"),
        ("half = 'x'", "`half`: expected what the comment above it says, got str 'x'"),
        ("half = lambda x: y", "NameError (name 'y' is not defined)"),
    ],
)
def test_a_wrong_answer_is_an_error_of_one_line(run: Notebook, answer: str, message: str) -> None:
    run(answer)
    with pytest.raises(WrongAnswer, match=rf"^Not correct yet: {re.escape(message)}$"):
        run(HALF)


def test_a_check_that_needs_a_cell_above_says_so(run: Notebook) -> None:
    run("half = lambda x: x / 2")
    with pytest.raises(WrongAnswer, match=r"run all cells above first .*'three' is not"):
        run(HALF.replace("half(3)", "half(three)"))


def test_arrays_that_differ_are_described_in_one_line(run: Notebook) -> None:
    run("import numpy as np; a = np.array([1.0, 2.0])")
    with pytest.raises(WrongAnswer) as raised:
        run('@check("a")\ndef _():\n    np.testing.assert_allclose(a, 2, err_msg="a")')
    assert "\n" not in str(raised.value)
    assert "; a; Mismatched elements: 1 / 2 (50%)" in str(raised.value)


def test_an_error_is_described_with_its_line(tmp_path: Path) -> None:
    setup = "from liaf_ref.exercises import check\nx = [1]\n"
    (tmp_path / "cell.py").write_text(f'{setup}@check("x")\ndef _():\n    assert x[0] == 2\n')
    _, _, err = wait_for(start_python("cell.py", cwd=tmp_path))
    at = "AssertionError at `assert x[0] == 2` of the check: is `x` what the comment above it says?"
    assert err.endswith(f"WrongAnswer: Not correct yet: {at}\n")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (0.3 - 0.1, ""),
        ([[0.2]], ""),
        (0.1, "n: expected 0.2, got 0.1; half of it"),
        (np.nan, "n: expected 0.2, got nan"),
        ([0.2, 0.2], "n: expected the shape (), got (2,)"),
        (None, "n: got None; does your function return it?"),
    ],
)
def test_numbers_are_compared_up_to_rounding_and_shape(found: Any, message: str) -> None:
    found_text = ""
    try:
        compare("n", found, 0.2, {"half of it": 0.1})
    except AssertionError as error:
        found_text = str(error)
    assert found_text == message


def test_the_entry_that_differs_is_named() -> None:
    with pytest.raises(AssertionError, match=r"^n at \[1, 0\]: expected 3, got 5$"):
        compare("n", [[1, 2], [5, 4]], [[1, 2], [3, 4]])


@pytest.fixture
def quiz(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """The exit code and output of ``python -m liaf_ref.exercises``."""

    def run(right: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["exercises", right])
        return main(), "".join(capsys.readouterr())

    return run


def test_a_quiz(run: Notebook, quiz: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, line = quiz("bca")
    assert (code, quiz("bca")[1] != line) == (0, True)  # no digest stands for a letter
    run(line)
    for answers in ("bca", "BCA"):
        run(f"answers = {answers!r}")
        run(line)
    out = "Quiz not answered yet: define `answers`, and run that cell.\nCorrect.\nCorrect.\n"
    assert capsys.readouterr().out == out
    run("answers = 'aba'")
    with pytest.raises(WrongAnswer, match=r"^Not correct yet: question 1 and question 2$"):
        run(line)
    wrong = r'^Not .*: question 1 \(read "A" again\) and .* \(read "B" '
    with pytest.raises(WrongAnswer, match=wrong):
        run(line.replace(")", ', "A", "B", "C")'))


@pytest.mark.parametrize("answers", ["bc", "bcd", "b c a", ["b", "c", "a"], 3])
def test_a_quiz_expects_a_letter_for_each_question(run: Notebook, answers: Any) -> None:
    run(f"answers = {answers!r}")
    with pytest.raises(WrongAnswer, match="expected 3 letters like 'cab', got"):
        run('mark_quiz("answers", "salt 66276f 13d4b4 414c3d")')
    run('assert set(_marks.values()) == {"wrong"}')


def test_wrong_letters_are_refused(quiz: Any) -> None:
    for right in ("", "bc", "bcx", "bcacbabc"):
        code, text = quiz(right)
        assert (code, "the right answers, such as bca" in text) == (2, True)


def test_jupyter_shows_one_line() -> None:
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    shown: list[str] = []
    shell._showtraceback = lambda kind, value, lines: shown.extend(lines)
    shell.run_cell("from liaf_ref.exercises import check\nx = 1")
    shell.run_cell('@check("x")\ndef _():\n    assert x == 2, f"x: expected 2, got {x}"')
    assert shown == ["Not correct yet: x: expected 2, got 1"]


SOURCES = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9][0-9]-*.py"))
ANSWERS: dict[tuple[str, str], list[tuple[str, str]]] = {}  # by notebook and name; a mark first
for line in Path(__file__).with_name("exercise_answers.txt").read_text("utf-8").splitlines():
    if line.startswith("#"):
        number, name = line.split()[1:]
        given = ANSWERS[number, name] = []
    elif line.startswith(("=", "!", "+")):
        given.append((line[0], line[2:].replace("\\n", "\n")))


class Exercises(NamedTuple):
    """What the exercises of a notebook need, and their solutions and checks by name."""

    before: list[ast.stmt]
    solutions: dict[str, str]
    checks: dict[str, str]


@cache
def exercises(number: str) -> Exercises:
    """The exercises of a notebook by the first name that an answer defines."""
    (source,) = (path for path in SOURCES if path.stem.startswith(number))
    cells = [cell.partition("\n") for cell in f"\n{source.read_text('utf-8')}".split("\n# %%")[1:]]
    code = [(head, write_out_imports(text) if "definitions" in head else text)
            for head, _, text in cells if "[markdown]" not in head]  # fmt: skip
    found = Exercises([], {}, {})
    for (head, solution), (_, cell) in pairwise(code):
        decorator = re.search(r'^@check\("(\w+)"', cell, re.M)
        if decorator and "solution" in head:
            found.solutions[decorator[1]], found.checks[decorator[1]] = solution, cell
    others = [text for head, text in code if "solution" not in head and "hide-input" not in head]
    statements = [statement for text in others for statement in ast.parse(text).body]
    uses = "\n".join([*found.solutions.values(), *found.checks.values()])
    return found._replace(before=needed(statements, uses))


def needed(statements: list[ast.stmt], code: str) -> list[ast.stmt]:
    """The statements that set what the code uses, and what they use themselves."""
    names, kept = used(ast.parse(code)), list[ast.stmt]()
    for node in reversed(statements):
        sets = changes(node) if isinstance(node, ast.For | ast.Expr) else bound(node) - {"_"}
        if sets & names or isinstance(node, ast.Import | ast.ImportFrom):
            kept.insert(0, node)
            names -= sets if not changes(node) else set()
            names |= used(node)
    return kept


def used(tree: ast.AST) -> set[str]:
    """The global variables that code uses, also in its functions."""
    tables, names = [symtable.symtable(ast.unparse(tree), "cell", "exec")], set[str]()
    for table in tables:
        tables += table.get_children()
        names |= {s.get_name() for s in table.get_symbols() if s.is_global() or table == tables[0]}
    return names


def changes(tree: ast.AST) -> set[str]:
    """The variables whose entries a statement sets, also by a method."""
    found = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                found.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "update")):
                found.add(name)
            case ast.Call(func=ast.Name(id="defvjp"), args=[ast.Name(id=name), *_]):
                found.add(name)
    return found


def bound(tree: ast.AST) -> set[str]:
    """The variables that a statement or a cell sets or changes."""
    code = symtable.symtable(ast.unparse(tree), "cell", "exec")
    names = {s.get_name() for s in code.get_symbols() if s.is_assigned() or s.is_imported()}
    return names | (set() if isinstance(tree, ast.FunctionDef) else changes(tree))


@cache
def namespace(number: str) -> dict[str, Any]:
    """The variables of a notebook that its exercises need."""
    text = "\n".join(map(ast.unparse, exercises(number).before))
    for (place, _), given in ANSWERS.items():
        for old, new in (line.split(" => ") for kind, line in given if kind == "+"):
            assert place != number or old in text
            text = text.replace(old, new) if place == number else text
    variables: dict[str, Any] = {}
    exec(text, variables)  # noqa: S102
    return variables


def mark(number: str, name: str, answer: str) -> None:
    """Run an answer and its check as the notebook does."""
    solution, variables = exercises(number).solutions[name], namespace(number)
    old, arrow, new = answer.partition(" => ")
    assert not arrow or old in solution
    with mock.patch.dict(variables):
        exec(solution.replace(old, new) if arrow else answer, variables)  # noqa: S102
        exec(exercises(number).checks[name], variables)  # noqa: S102


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_exercise_has_right_and_wrong_answers(source: Path) -> None:
    number = source.stem[:2]
    assert [name for place, name in ANSWERS if place == number] == list(exercises(number).checks)
    for name in exercises(number).checks:
        assert [kind for kind, _ in ANSWERS[number, name] if kind != "+"] == ["=", "!", "!"]


@pytest.mark.parametrize(("number", "name"), ANSWERS)
def test_right_answers_in_another_form_are_correct_and_wrong_ones_named(
    number: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind, answer in ANSWERS[number, name]:
        given, _, message = answer.rpartition(" :: ")
        if kind == "=":
            mark(number, name, answer)
            assert capsys.readouterr().out.endswith("Correct.\n"), answer
        elif kind == "!":
            with pytest.raises(WrongAnswer, match=re.escape(message)):
                mark(number, name, given)


def test_jupyter_shows_a_link_that_downloads_the_marks(
    run: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(pytest.importorskip("IPython.display"), "display", shown.append)
    monkeypatch.chdir(tmp_path)
    run("from liaf_ref.exercises import save_marks\nget_ipython = None")
    run("save_marks('Ann/Eve', '{student} 01.json')")
    a = r'<a download="Ann_Eve 01.json" href="data:.*;base64,(.*)">'
    (link,) = re.findall(a, shown[0].data)
    assert base64.b64decode(link) == Path("Ann_Eve 01.json").read_bytes()


def test_marks_are_saved_and_a_class_of_files_is_one_table(
    run: Notebook, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any, quiz: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    run(f"from liaf_ref.exercises import save_marks\n{HALF}save_marks('Grace', 'g.json')")
    run("half = lambda x: x // 2\nanswers = 'BCB'")
    for cell in (HALF, 'mark_quiz("answers", "salt 66276f 13d4b4 414c3d")'):
        with pytest.raises(WrongAnswer):
            run(cell)
    run("save_marks('Ann/Eve', '{student} 01.json')")
    marks = "Ann_Eve 01.json: correct: question 1, question 2; wrong: half, question 3\n"
    assert marks in capsys.readouterr().out
    Path("Ann_Eve 01 (1).json").write_bytes(Path("Ann_Eve 01.json").read_bytes())
    run(f"half = lambda x: x / 2\n{HALF}")
    run("save_marks('Ann/Eve', '{student} 01.json')")
    run("_marks.clear()\nsave_marks('Ann/Eve', '{student} 01.json', 'c')")  # as after a reload
    assert "; wrong: question 3; not answered: c\n" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"a file of Eve or a new one, got g.json of Grace"):
        run("save_marks('Eve', 'g.json')")
    run("save_marks('Grace', 'another.json', 'half')")
    run("save_marks('your name', '{student} 01.json')")
    assert capsys.readouterr().out.endswith("Not saved yet: write your name.\n")
    Path("damaged.json").write_text("[]", "utf-8")
    code, text = quiz("*.json")
    *table, error = text.splitlines()
    lines = ["student,half,question 1,question 2,question 3,c,correct"]
    lines += ["Ann/Eve,correct,correct,correct,wrong (b),not answered,3"]
    lines += 2 * ["Grace,not answered,,,,,0"]  # two students of one name
    assert table == Path("class.csv").read_text("utf-8-sig").splitlines() == lines
    assert (code, "damaged.json: expected " in error) == (2, True)
