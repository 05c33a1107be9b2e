"""Checks that mark an exercise or a quiz of a notebook, and the marks of a class.

``python -m liaf_ref.exercises bca`` prints the line that marks a quiz with these right answers.
``python -m liaf_ref.exercises marks/*.json`` prints the marks of a class as CSV, a row a student,
and writes them to ``class.csv``.
"""

import base64
import hashlib
import html
import json
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from traceback import StackSummary, walk_tb
from typing import Any

import numpy as np

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import FormatError, InputError, LiafError
from liaf_ref._core.safe_load import read_json_object
from liaf_ref._core.text import csv_text, describe_value
from liaf_ref._core.validation import check_instance, check_path

__all__ = ["WrongAnswer", "check", "compare", "mark_quiz", "save_marks"]

CORRECT, WRONG, OPEN = "correct", "wrong", "not answered"
MARKS = "_marks"  # the variable of a notebook with its marks so far


def __dir__() -> list[str]:
    return __all__.copy()


class WrongAnswer(LiafError, AssertionError):  # noqa: N818 - the answer, not the program
    """An answer is wrong.

    Jupyter shows the message alone, in one line.  The traceback of the error behind it is its
    ``__cause__``.

    Examples
    --------
    >>> from liaf_ref.exercises import WrongAnswer
    >>> issubclass(WrongAnswer, AssertionError)
    True
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]  # IPython shows these lines in place of a traceback


def check(
    *names: str, mistakes: Mapping[str, Any] | None = None, mark: str = ""
) -> Callable[[Callable[[], None]], None]:
    """Check the answer to an exercise.

    Decorate a function without arguments that asserts that the answer is right.  The function
    runs at once.  If it returns, ``Correct.`` is printed.  If the notebook does not define all
    the names yet, this is printed and the function does not run.

    Parameters
    ----------
    *names : str
        The variables that the answer defines.  One that is None or ``...`` counts as undefined.
    mistakes : mapping of str to array_like, optional
        Wrong values of the first variable, by the text that names the mistake.
    mark : str, optional
        What the saved marks call the exercise.  The default is its names, joined by ``and``.

    Returns
    -------
    callable
        The decorator.

    Raises
    ------
    WrongAnswer
        From the decorator, if an assertion fails or the answer raises an error.

    Examples
    --------
    >>> from liaf_ref.exercises import check
    >>> def check_double():
    ...     assert double(3) == 6, f"double(3): expected 6, got {double(3)}"
    >>> check("double")(check_double)
    Exercise not answered yet: define `double`, and run that cell.
    >>> def double(x):
    ...     return x**2
    >>> check("double")(check_double)
    Traceback (most recent call last):
    liaf_ref.exercises.WrongAnswer: Not correct yet: double(3): expected 6, got 9
    >>> def double(x):
    ...     return 2 * x
    >>> check("double")(check_double)
    Correct.
    >>> def check_area():
    ...     assert area == 6, "the sides are 2 and 3"
    >>> area = 5
    >>> check("area", mistakes={"this is their sum": 5})(check_area)
    Traceback (most recent call last):
    liaf_ref.exercises.WrongAnswer: Not correct yet: the sides are 2 and 3; this is their sum
    """

    def run(function: Callable[[], None]) -> None:
        variables, name = function.__globals__, mark or " and ".join(names)
        if not _answered(variables, *names):
            return _mark(variables, OPEN, name)
        try:
            function()
        except Exception as error:
            _mark(variables, WRONG, name)
            text = _describe(error, variables, names[0], mistakes)
            raise WrongAnswer(f"Not correct yet: {text}") from error
        _mark(variables, CORRECT, name)
        print("Correct.")

    return run


def save_marks(student: str, path: Path | str = "marks.json", *exercises: str) -> None:
    """Save the marks of the calling notebook, for the teacher.

    In Jupyter a link below the cell downloads the file.

    Parameters
    ----------
    student : str
        Who answered.  With ``your name``, as in the notebooks, nothing is saved.
    path : path
        The JSON file to write: ``student``; ``id``, the same in all copies of the file; and
        ``marks``, which are ``correct``, ``wrong`` or ``not answered``, by ``question 1`` and so
        on for the quiz, with the letter of a wrong answer, and by the variables that each
        exercise asks for.
        In the file's name, ``{student}`` stands for the student, with ``_`` for each character
        that is no letter, digit, space, point or hyphen.  Marks that the file has of this student
        stay in it, as after a notebook is opened again: what was right once stays right.
    *exercises : str
        All of them, such as ``"question 1"`` and ``"reset and output"``.

    Raises
    ------
    InputError
        If an argument is invalid, or the file has the marks of another student.
    FormatError
        If the file is there and has no marks.  It stays as it is.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from liaf_ref.exercises import check, save_marks
    >>> check("triple")(lambda: None)
    Exercise not answered yet: define `triple`, and run that cell.
    >>> with TemporaryDirectory() as folder:
    ...     save_marks("Ada", f"{folder}/marks.json")
    marks.json: not answered: triple
    """
    student = check_instance("student", student, str, "save_marks", "a name")
    if student.strip() in {"", "your name"}:  # as the notebook's last cell has it at first
        return print("Not saved yet: write your name.")
    file = check_path("path", path, "save_marks")
    file = file.with_name(file.name.replace("{student}", re.sub(r"[^\w .-]", "_", student)))
    variables = sys._getframe(1).f_globals  # of the notebook's cell
    marks, id_ = variables.get(MARKS, {}), secrets.token_hex(8)
    if file.is_file():
        other, id_, before = _read_marks(file)
        if other != student:
            reason = f"expected a file of {student} or a new one, got {file.name} of {other}"
            raise InputError.for_argument("path", "save_marks", reason)
        marks = _joined(before, marks)
    marks = dict.fromkeys(exercises, OPEN) | marks
    saved = {"student": student, "id": id_, "marks": marks}
    write_atomic(file, data := json.dumps(saved, indent=2, ensure_ascii=False).encode() + b"\n")
    lists = ((m, [n for n in marks if marks[n].startswith(m)]) for m in (CORRECT, WRONG, OPEN))
    print(f"{file.name}:", "; ".join(f"{mark}: {', '.join(of)}" for mark, of in lists if of))
    if "get_ipython" in variables:
        _offer_download(html.escape(file.name), data)


def _offer_download(name: str, data: bytes) -> None:
    """Show a link, which works where the files of Jupyter are out of sight, as on a phone."""
    from IPython.display import HTML, display  # noqa: PLC0415 - with Jupyter alone

    address = f"data:application/json;base64,{base64.b64encode(data).decode()}"
    display(HTML(f'<a download="{name}" href="{address}">Download {name}</a>'))


def _mark(variables: dict[str, Any], mark: str, *names: str) -> None:
    variables.setdefault(MARKS, {}).update(dict.fromkeys(names, mark))


def _read_marks(path: Path) -> tuple[str, str, dict[str, str]]:
    """Student, what copies of the file share, and marks."""
    match read_json_object(path):
        case {"student": str(student), "id": str(id_), "marks": dict(marks)}:
            return student, id_, marks
    raise FormatError(path, "expected student, id and marks, as save_marks writes them")


def _joined(before: Mapping[str, str], marks: Mapping[str, str]) -> dict[str, str]:
    """Both; what was right before stays right."""
    return {**before, **marks, **{n: mark for n, mark in before.items() if mark == CORRECT}}


def write_table(paths: Iterable[Path]) -> None:
    """Print the marks of a class, and write them to ``class.csv``, with a mark for spreadsheets.

    A row is a student, a column an exercise, the last how many are right.  Copies of a file are
    one row.  An exercise that is right in one of them is right.
    """
    found, errors = dict[tuple[str, str], dict[str, str]](), list[str]()
    # Not every shell replaces *.json by the names of the files.
    for path in (p for each in paths for p in sorted(each.parent.glob(each.name)) or [each]):
        try:
            student, id_, marks = _read_marks(path)
            found[student, id_] = _joined(found.get((student, id_), {}), marks)
        except LiafError as error:
            errors.append(str(error))
    names = dict.fromkeys(name for row in found.values() for name in row)
    rows = [
        (student, *(row.get(name, "") for name in names), [*row.values()].count(CORRECT))
        for (student, _), row in sorted(found.items())
    ]
    print(text := csv_text([("student", *names, CORRECT), *rows]), end="")
    write_atomic(Path("class.csv"), text.encode("utf-8-sig"))
    if errors:
        raise InputError(f"left out: {'; '.join(errors)}")


def compare(
    name: str, found: Any, expected: Any, mistakes: Mapping[str, Any] | None = None
) -> None:
    """Compare a part of an answer with what is right, up to rounding.

    Parameters
    ----------
    name : str
        What is compared; the message begins with it.
    found : array_like
        The student's numbers.  A single number may have any shape.
    expected : array_like
        The right numbers.
    mistakes : mapping of str to array_like, optional
        The numbers that come out with a known mistake, by the text that names it.

    Raises
    ------
    AssertionError
        If the shape or a number differs.  The message names the mistake if it is a known one.

    Examples
    --------
    >>> from liaf_ref.exercises import compare
    >>> compare("the area", [6.0000000000001], 6)
    >>> compare("the area", 5, 6, {"this is the sum of the sides": 2 + 3})
    Traceback (most recent call last):
    AssertionError: the area: expected 6, got 5; this is the sum of the sides
    """
    if found is None:
        raise AssertionError(f"{name}: got None; does your function return it?")
    right, given = np.asarray(expected, float), np.asarray(found, float)
    if given.shape != right.shape and not given.size == right.size == 1:
        raise AssertionError(f"{name}: expected the shape {right.shape}, got {given.shape}")
    given = given.reshape(right.shape)
    if wrong := np.argwhere(~_near(given, right)).tolist():
        place = tuple(wrong[0])
        where = f"{name} at {wrong[0]}" if place else name
        numbers = f"expected {right[place]:.6g}, got {given[place]:.6g}"
        raise AssertionError(f"{where}: {numbers}{_known_mistake(given, mistakes)}")


def _known_mistake(given: Any, mistakes: Mapping[str, Any] | None, rtol: float = 1e-9) -> str:
    its = (mistakes or {}).items()
    return next((f"; {text}" for text, known in its if np.all(_near(given, known, rtol))), "")


def _near(given: Any, right: Any, rtol: float = 1e-9) -> Any:
    return np.isclose(np.asarray(given, float), right, rtol=rtol, atol=1e-12)


def mark_quiz(name: str, digests: str, *sections: str) -> None:
    """Mark a quiz of multiple-choice questions.

    Prints ``Correct.``, or that the quiz is not answered yet.

    Parameters
    ----------
    name : str
        The variable of the calling notebook that holds the answers: a letter for each question,
        such as ``"bca"``.
    digests : str
        A salt, and a digest of each right answer, as ``python -m liaf_ref.exercises bca`` prints
        them.  The answer cannot be read from them.
    *sections : str
        For each question, the section of the notebook with its answer.

    Raises
    ------
    WrongAnswer
        If an answer is wrong; the message says which, and which section to read again.

    Examples
    --------
    >>> from liaf_ref.exercises import mark_quiz
    >>> mark_quiz("answers", "salt 66276f 13d4b4 414c3d")
    Quiz not answered yet: define `answers`, and run that cell.
    >>> answers = "bcb"
    >>> mark_quiz("answers", "salt 66276f 13d4b4 414c3d")
    Traceback (most recent call last):
    liaf_ref.exercises.WrongAnswer: Not correct yet: question 3
    >>> mark_quiz("answers", "salt 66276f 13d4b4 414c3d", "Input", "Leak", "Reset")
    Traceback (most recent call last):
    liaf_ref.exercises.WrongAnswer: Not correct yet: question 3 (read "Reset" again)
    """
    salt, *key = digests.split()
    questions = [f"question {n}" for n in range(1, len(key) + 1)]
    variables = sys._getframe(1).f_globals  # of the notebook's cell
    if not _answered(variables, name, what="Quiz"):
        return _mark(variables, OPEN, *questions)
    if not _is_answer(given := variables[name], len(key)):
        _mark(variables, WRONG, *questions)
        raise WrongAnswer(f"Not correct yet: expected {len(key)} letters like 'cab', got {given!r}")
    again = [f' (read "{section}" again)' for section in sections] or [""] * len(key)
    wrong, (_, *its) = list[str](), _digests(given.lower(), salt).split()
    for question, letter, a, b, at in zip(questions, given.lower(), its, key, again, strict=True):
        _mark(variables, CORRECT if a == b else f"{WRONG} ({letter})", question)
        wrong += [question + at] if a != b else []
    if wrong:
        raise WrongAnswer(f"Not correct yet: {' and '.join(wrong)}")
    print("Correct.")


def _answered(variables: dict[str, Any], *names: str, what: str = "Exercise") -> bool:
    """Whether each name has a value; if not, print those that have none."""
    missing = [f"`{n}`" for n in names if variables.get(n) is None or variables[n] is ...]
    if missing:
        print(f"{what} not answered yet: define {' and '.join(missing)}, and run that cell.")
    return not missing


def _describe(error: Exception, variables: dict[str, Any], name: str, mistakes: Any) -> str:
    """One line about an error: its message, and the line of the notebook it comes from."""
    text = "; ".join(line.strip() for line in str(error).splitlines() if line.strip())[:240]
    if isinstance(error, AssertionError) and text:
        return text + _known_mistake(variables[name], mistakes, rtol=0.01)  # typed, so rounded
    own = [step for step in walk_tb(error.__traceback__) if step[0].f_globals is variables]
    in_check = len({step[0].f_code.co_filename for step in (own[0], own[-1])}) == 1
    if type(error) is NameError and in_check:
        return f"run all cells above first ({text})"
    if not (isinstance(error, AssertionError) or callable(given := variables[name])):
        return f"`{name}`: expected what the comment above it says, got {describe_value(given)}"
    at = "".join(f" at `{step.line}`" for step in StackSummary.extract(own[-1:]) if step.line)
    hint = f" of the check: is `{name}` what the comment above it says?" if in_check else ""
    return f"{type(error).__name__}{text and f' ({text})'}{at}{hint}"


def _is_answer(given: Any, length: int) -> bool:
    return isinstance(given, str) and len(given) == length and set(given.lower()) <= {*"abc"}


def _digests(answers: str, salt: str) -> str:
    """The salt, and a digest of each answer, which depends on it and on the question's number."""
    texts = (f"{salt} {number} {letter}" for number, letter in enumerate(answers, 1))
    return " ".join([salt, *(hashlib.sha256(text.encode()).hexdigest()[:6] for text in texts)])


def main() -> int:
    """Print the line that marks a quiz, or the marks of a class; 2 if they cannot be read."""
    given = sys.argv[1:]
    try:
        if given and all(path.endswith(".json") for path in given):
            write_table(map(Path, given))
        elif len(given) == 1 and _is_answer(given[0], 3):
            print(f'mark_quiz("answers", "{_digests(given[0].lower(), secrets.token_hex(3))}")')
        else:
            raise InputError("expected the right answers, such as bca, or files of save_marks")
    except LiafError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
