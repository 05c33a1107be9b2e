"""The visible code of a notebook is its subject; code that only draws is folded."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(ROOT.glob("notebooks/[0-9][0-9]-*.py"))
FOLDED = {"hide-input", "solution"}
# What is computed from one of these is a figure, its axes or a function that draws.
DRAWING = {"Figure", "SliderRange", "show", "show_with_sliders", "palette"}
DRAWING |= {"plot_frames", "plot_matrix", "plot_traces", "plot_unrolled", "ListedColormap"}


def visible_code(source: str) -> Iterator[str]:
    for cell in source.split("\n# %%")[1:]:
        head, _, code = cell.partition("\n")
        if "[markdown]" not in head and not FOLDED & set(re.findall(r'"([\w-]+)"', head)):
            yield code


def names_in(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def drawn(target: ast.expr, value: ast.expr, drawing: set[str]) -> set[str]:
    """Names of a target that are bound to something computed from a name in ``drawing``."""
    match target, value:
        case ast.Tuple(elts=targets), ast.Call(func=ast.Name(id="zip"), args=values):
            return {n for pair in zip(targets, values, strict=True) for n in drawn(*pair, drawing)}
    return names_in(target) if names_in(value) & drawing else set()


def plotting_lines(cell: str) -> set[int]:
    """Numbers of the lines with a statement that uses a figure or what is computed from one."""
    drawing, lines = set(DRAWING), set[int]()
    statements = [node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.stmt)]
    for node in sorted(statements, key=lambda node: node.lineno):
        used: ast.AST = node
        last = node.end_lineno or node.lineno
        match node:
            case ast.FunctionDef(name=name, body=body) if names_in(node) & drawing:
                drawing.add(name)
                last = body[0].lineno - 1
            case ast.For(target=target, iter=used, body=body):
                drawing |= drawn(target, node.iter, drawing)
                last = body[0].lineno - 1
            case ast.Assign(targets=[target], value=value):
                drawing |= drawn(target, value, drawing)
            case ast.FunctionDef() | ast.If() | ast.While() | ast.With() | ast.Try():
                continue
        if names_in(used) & drawing:
            lines |= {*range(node.lineno, last + 1)}
    return lines


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_less_than_a_quarter_of_the_visible_code_draws(source: Path) -> None:
    cells = [*visible_code(source.read_text("utf-8"))]
    lines = [line for cell in cells for line in cell.splitlines() if line.strip()]
    share = sum(len(plotting_lines(cell)) for cell in cells) / len(lines)
    assert share < 0.25, f"{share:.0%} of the visible code draws: tag its cells hide-input"


def test_the_lines_that_draw_are_found() -> None:
    code = """\
x = np.arange(3)
figure = Figure(
    figsize=(7, 3),
)
left, right = figure.subplots(1, 2)
for panel, y in zip((left, right), x):
    y = y + 1
    panel.plot(x, y)
def draw(mu):
    z = mu * x
    left.plot(z)
def value(mu):
    return mu
name = "left"
show_with_sliders(draw, mu=SliderRange(0, 1, 0))
print(value(3))
"""
    assert plotting_lines(code) == {2, 3, 4, 5, 6, 8, 9, 11, 15}
