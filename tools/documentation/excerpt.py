"""Code that a page shows: a definition, or the lines of a function that compute an equation.

And the pages with this code in them, for a front end that knows no Sphinx.
"""

import ast
import re
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from subprocesses import ROOT

EQUATION_NUMBERS = re.compile(r"#\s((?:\(\d+\)(?:, )?)+)\s*$")
EQUATION_BLOCK = re.compile(r"^```\{equation\} (\S+)\n(.*?)\n```", re.DOTALL | re.MULTILINE)
# Without Sphinx, a page keeps these links and no others.
KEPT = r"https?:|#|(?:neuron|backpropagation|variants|layers|recurrent)\.md"
OTHER_LINK = re.compile(rf"(?<!!)\[([^\]]+)\]\((?!{KEPT})[^)]*\)")
LITERAL_INCLUDE = re.compile(r"```\{literalinclude\} (\S+)\n:pyobject: (\S+)\n```")


class Excerpt(NamedTuple):
    """A function's body without its docstring, and its lines of an equation, from 1."""

    text: str
    first_line: int
    marked_lines: tuple[int, ...]


def replace_equations(text: str, write: Callable[[Excerpt], str]) -> str:
    """Replace each block ``{equation}`` of a page, given the lines that it shows."""

    def new(block: re.Match[str]) -> str:
        options = dict(re.findall(r":(function|number): (\S+)", block[2]))
        number = int(options["number"]) if "number" in options else None
        return write(excerpt(ROOT / block[1], options["function"], number))

    return EQUATION_BLOCK.sub(new, text)


def excerpt(path: Path, function: str, equation: int | None = None) -> Excerpt:
    """Cut a function's body out of a file; the lines of an equation are marked."""
    source = path.read_text("utf-8")
    node = _find(ast.parse(source), function, path)
    body = node.body[ast.get_docstring(node) is not None :]
    first, last = body[0].lineno, body[-1].end_lineno
    lines = source.splitlines()[first - 1 : last]
    marked = tuple(n for n, line in enumerate(lines, start=1) if equation in equation_numbers(line))
    if equation is not None and not marked:
        raise LookupError(f"{path.name}, {function}: expected a line that ends in # ({equation})")
    return Excerpt(textwrap.dedent("\n".join(lines)), first, marked)


def equation_numbers(line: str) -> list[int]:
    """Read the equations' numbers at the end of a line of code."""
    found = EQUATION_NUMBERS.search(line)
    return [int(number) for number in re.findall(r"\d+", found[1])] if found else []


def include_definitions(text: str) -> str:
    """Replace each ``literalinclude`` of a ``pyobject`` in Markdown by its code."""
    return LITERAL_INCLUDE.sub(lambda m: f"```python\n{_definition(ROOT / m[1], m[2])}\n```", text)


def write_out_imports(code: str) -> str:
    """Replace each ``from liaf_ref... import names`` by the code that defines these names."""
    lines, text, end = code.splitlines(), [], 0
    for node in ast.parse(code).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("liaf_ref."):
            path = ROOT / f"{(node.module or '').replace('.', '/')}.py"
            parts = {_definition(path, each.name) for each in node.names}
            in_order = sorted(parts, key=path.read_text("utf-8").index)
            text += [*lines[end : node.lineno - 1], "\n\n".join(in_order)]
            end = node.end_lineno or 0
    return "\n".join([*text, *lines[end:]])


def _definition(path: Path, name: str) -> str:
    source = path.read_text("utf-8")
    node = _find(ast.parse(source), name, path)
    first = min(part.lineno for part in (node, *getattr(node, "decorator_list", ())))
    return textwrap.dedent("\n".join(source.splitlines()[first - 1 : node.end_lineno]))


def _find(tree: Any, name: str, path: Path) -> Any:
    """Find a function, a class or an assignment; inside a class after a dot."""
    head, _, inner = name.partition(".")
    for node in tree.body:
        named = isinstance(node, ast.FunctionDef | ast.ClassDef)
        names = [node] if named else getattr(node, "targets", [getattr(node, "target", node)])
        parts = [part for each in names for part in (each, *getattr(each, "elts", ()))]
        if head in {getattr(part, "name", getattr(part, "id", None)) for part in parts}:
            return _find(node, inner, path) if inner else node
    raise LookupError(f"{path.name}: expected a definition of {name}, found none")


def write_pages(out: Path) -> None:
    """Write what the notebooks link to and show, for a front end that knows no Sphinx."""
    docs = ROOT / "docs"
    others = (docs / "learn" / f"{name}.md" for name in ("course", "glossary", "why-analog-spikes"))
    for page in (*sorted(docs.glob("equations/*.md")), *others):
        path = out / page.relative_to(docs)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(plain_markdown(page), "utf-8")
    shutil.copytree(docs / "animations", out / "animations", dirs_exist_ok=True)


def plain_markdown(page: Path) -> str:
    """Write a page without Sphinx: its code in it, links within the equations alone."""
    text = page.read_text("utf-8")
    code = replace_equations(text, lambda found: f"```python\n{found.text}\n```")
    return OTHER_LINK.sub(r"\1", code)
