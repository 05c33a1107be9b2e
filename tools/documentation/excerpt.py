"""Code that a page shows: a definition, or the lines of a function that compute an equation."""

import ast
import re
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
EQUATION_NUMBERS = re.compile(r"#\s((?:\(\d+\)(?:, )?)+)\s*$")
LITERAL_INCLUDE = re.compile(r"```\{literalinclude\} (\S+)\n:pyobject: (\S+)\n```")


class Excerpt(NamedTuple):
    """A function's body without its docstring, and which of its lines are meant."""

    text: str
    first_line: int
    marked_lines: tuple[int, ...]

    @property
    def marked_text(self) -> list[str]:
        """The marked lines alone."""
        lines = self.text.splitlines()
        return [lines[number - 1].strip() for number in self.marked_lines]


def excerpt(path: Path, function: str, equation: int | None = None) -> Excerpt:
    """Cut a function's body out of a file.

    Parameters
    ----------
    path : Path
        A Python file.
    function : str
        The function's name; of a method ``Class.method``.
    equation : int or None
        Number of the equation whose lines are marked; none are for None.

    Returns
    -------
    Excerpt
        The text dedented, the number of its first line in the file, and the marked lines,
        counted from 1 within the text.

    Raises
    ------
    LookupError
        If there is no such function, or none of its lines ends with the equation's number.
    """
    source = path.read_text("utf-8")
    node = _find(ast.parse(source), function.split("."))
    if not isinstance(node, ast.FunctionDef):
        raise LookupError(f"{path.name}: expected a function {function}, found none")
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    first, last = body[0].lineno, body[-1].end_lineno
    lines = source.splitlines()[first - 1 : last]
    marked = tuple(n for n, line in enumerate(lines, start=1) if equation in equation_numbers(line))
    if equation is not None and not marked:
        raise LookupError(
            f"{path.name}, {function}: expected a line that ends with the comment "
            f"({equation}), found none"
        )
    return Excerpt(textwrap.dedent("\n".join(lines)), first, marked)


def equation_numbers(line: str) -> list[int]:
    """Read the equations' numbers at the end of a line of code."""
    found = EQUATION_NUMBERS.search(line)
    return [int(number) for number in re.findall(r"\d+", found[1])] if found else []


def include_definitions(text: str) -> str:
    """Replace each ``literalinclude`` of a ``pyobject`` in Markdown by its code."""
    return LITERAL_INCLUDE.sub(lambda m: f"```python\n{_definition(ROOT / m[1], m[2])}\n```", text)


def _definition(path: Path, name: str) -> str:
    source = path.read_text("utf-8")
    node = _find(ast.parse(source), name.split("."))
    if node is None:
        raise LookupError(f"{path.name}: expected a definition of {name}, found none")
    first = min(part.lineno for part in (node, *node.decorator_list))
    return textwrap.dedent("\n".join(source.splitlines()[first - 1 : node.end_lineno]))


def _find(tree: ast.AST, names: list[str]) -> ast.FunctionDef | ast.ClassDef | None:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == names[0]:
            return _find(node, names[1:]) if len(names) > 1 else node
    return None
