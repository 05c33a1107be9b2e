"""Checks of a notebook's exercises and quizzes: not answered yet, wrong, and right."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import start_python, wait_for

from liaf_ref.exercises import WrongAnswer, check, compare, mark_quiz

HALF = """
@check("half")
def _():
    assert half(3) == 1.5, f"half(3): expected 1.5, got {half(3)}"
"""
NOT_ANSWERED = "Exercise not answered yet: define `half`.\n"
Notebook = Callable[[str], None]


@pytest.fixture
def run() -> Notebook:
    """Run cells one after another in one namespace, as a notebook does."""
    variables: dict[str, Any] = {"check": check, "mark_quiz": mark_quiz}
    return lambda cell: exec(cell, variables)  # noqa: S102


@pytest.mark.parametrize("answer", ["# Your answer here.", "half = None", "half = ..."])
def test_an_exercise_without_an_answer_says_so_and_nothing_else(
    run: Notebook, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(answer)
    run(HALF)
    assert capsys.readouterr() == (NOT_ANSWERED, "")


def test_all_missing_names_are_listed(run: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    run("b = 0")
    run('@check("a", "b", "c")\ndef _():\n    assert False')
    assert capsys.readouterr().out == "Exercise not answered yet: define `a` and `c`.\n"


def test_a_right_answer_is_correct(run: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    run("def half(x):\n    return x / 2")
    run(HALF)
    assert capsys.readouterr().out == "Correct.\n"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("half = lambda x: x // 2", "half(3): expected 1.5, got 1"),
        ("half = lambda x: x / 0", "ZeroDivisionError (division by zero)"),
        ("half = 1.5", "TypeError ('float' object is not callable)"),
    ],
)
def test_a_wrong_answer_is_an_error_of_one_line(run: Notebook, answer: str, message: str) -> None:
    run(answer)
    with pytest.raises(WrongAnswer, match=rf"^Not correct yet: {re.escape(message)}$"):
        run(HALF)


def test_arrays_that_differ_are_described_in_one_line(run: Notebook) -> None:
    run("import numpy as np; a = np.array([1.0, 2.0])")
    with pytest.raises(WrongAnswer) as raised:
        run('@check("a")\ndef _():\n    np.testing.assert_allclose(a, 2, err_msg="a")')
    assert "\n" not in str(raised.value)
    assert "; a; Mismatched elements: 1 / 2 (50%)" in str(raised.value)


def test_an_error_is_described_with_its_line(tmp_path: Path) -> None:
    check_cell = "from liaf_ref.exercises import check\n"
    check_cell += 'x = [1]\n@check("x")\ndef _():\n    assert x[0] == 2\n'
    (tmp_path / "cell.py").write_text(check_cell)
    _, _, err = wait_for(start_python("cell.py", cwd=tmp_path))
    assert err.endswith("WrongAnswer: Not correct yet: AssertionError at `assert x[0] == 2`\n")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (0.3 - 0.1, ""),
        ([[0.2]], ""),
        (0.1, "n: expected 0.2, got 0.1; half of it"),
        (np.nan, "n: expected 0.2, got nan"),
        ([0.2, 0.2], "n: expected the shape (), got (2,)"),
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


def quiz(right: str, folder: Path) -> str:
    returned, out, err = wait_for(start_python("-m", "liaf_ref.exercises", right, cwd=folder))
    assert (returned, err) == (0, "")
    return out


def test_a_quiz(run: Notebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = quiz("bca", tmp_path)
    assert "bca" not in line
    assert quiz("bca", tmp_path) != line  # no digest stands for a letter
    run(line)
    for answers in ("bca", "BCA"):
        run(f"answers = {answers!r}")
        run(line)
    out = "Quiz not answered yet: define `answers`.\nCorrect.\nCorrect.\n"
    assert capsys.readouterr().out == out
    run("answers = 'aba'")
    with pytest.raises(WrongAnswer, match=r"^Not correct yet: question 1 and question 2$"):
        run(line)


@pytest.mark.parametrize("answers", ["bc", "bcd", "b c a", ["b", "c", "a"], 3])
def test_a_quiz_expects_a_letter_for_each_question(run: Notebook, answers: Any) -> None:
    run(f"answers = {answers!r}")
    with pytest.raises(WrongAnswer, match="expected 3 letters from a to c, such as 'abc', got"):
        run('mark_quiz("answers", "salt 66276f 13d4b4 414c3d")')


@pytest.mark.parametrize("right", ["", "bc", "bcx"])
def test_wrong_letters_are_refused(right: str, tmp_path: Path) -> None:
    returned, out, _ = wait_for(start_python("-m", "liaf_ref.exercises", right, cwd=tmp_path))
    assert returned == 2
    assert "the right answers, such as bca" in out


def test_jupyter_shows_one_line() -> None:
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    shown: list[str] = []
    shell._showtraceback = lambda kind, value, lines: shown.extend(lines)
    shell.run_cell("from liaf_ref.exercises import check\nx = 1")
    shell.run_cell('@check("x")\ndef _():\n    assert x == 2, f"x: expected 2, got {x}"')
    assert shown == ["Not correct yet: x: expected 2, got 1"]
