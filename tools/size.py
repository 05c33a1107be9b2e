"""How large the project is, beside a ceiling that only falls.

``python tools/size.py`` prints a row for each area.  ``--check`` fails where a figure is above its
ceiling, or more than 2 % below.  ``--update`` writes today's figures as ceilings, and refuses if a
sum has grown.
"""

import argparse
import ast
import math
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from subprocesses import ROOT, check_output

CEILING = ROOT / "tools" / "size.toml"
SLACK = 0.02  # a ceiling may be this much higher than the figure
PACKAGE = "liaf_ref"
CODE = {".py", ".pyi"}
TEXT = {*CODE, ".toml", ".md", ".txt", ".js", ".css", ".j2", ".jinja", ".json", ".c", ".xml"}
# What is counted in the files of a folder, and in which; elsewhere, the words of pages.
OTHERS = ("notebooks", "tests", "tools")
COUNTED = {PACKAGE: ("code", CODE), **dict.fromkeys(OTHERS, ("lines", TEXT))}
HEAD = "# Ceilings of `make size`; `python tools/size.py --update` lowers them.\n"
ADVICE = "Delete first; then `python tools/size.py --update` lowers the ceilings."

Sizes = dict[str, dict[str, int]]  # figures by what they count, of each row


def code_lines(source: str) -> int:
    """Lines without docstrings, comments and blank lines."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    skipped = set[int]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            skipped.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines = enumerate(map(str.strip, source.split("\n")), 1)
    return sum(bool(line) and line[0] != "#" and n not in skipped for n, line in lines)


COUNT: dict[str, Callable[[str], int]] = {
    **{"code": code_lines, "lines": lambda text: text.count("\n")},
    "words": lambda text: len(text.split()),
}


def measure(root: Path = ROOT) -> Sizes:
    """The figures of each row, over the files that git tracks or would track."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    sizes = defaultdict[str, Counter[str]](Counter)
    for path in map(Path, filter(None, check_output(*listed, cwd=root).split("\0"))):
        top = path.parts[0] if path.parts[0] in COUNTED else "pages"
        what, suffixes = COUNTED.get(top, ("words", {".md"}))
        if path.suffix in suffixes and root / path != CEILING and (root / path).is_file():
            figures = {"files": 1, what: COUNT[what]((root / path).read_text("utf-8"))}
            sizes[top].update(figures)
            if top == PACKAGE:
                sizes[f"{top}/{path.parts[1] if len(path.parts) > 2 else '(root)'}"].update(figures)
    order = sorted(sizes, key=lambda row: (row == PACKAGE, not row.startswith(PACKAGE), row))
    return {row: dict(sizes[row]) for row in order}


def faults(sizes: Sizes, ceilings: Sizes, slack: float = SLACK) -> Iterator[str]:
    """A sentence for each figure above its ceiling, and each ceiling that is too high."""
    for row in sorted({*sizes, *ceilings}):
        figures, bounds = sizes.get(row, {}), ceilings.get(row, {})
        for what in figures | bounds:
            now, most = figures.get(what, 0), bounds.get(what, 0)
            if now > most:
                yield f"{row}: {now} {what}, expected at most {most}"
            elif most > max(now * (1 + slack), now + 1):
                yield f"{row}: the ceiling of {most} {what} is more than 2 % above {now}"


def main() -> None:
    """Print, check or lower; ceilings are in brackets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail where a ceiling is broken")
    parser.add_argument("--update", action="store_true", help="write today's figures as ceilings")
    options = parser.parse_args()
    sizes = measure()
    ceilings: Sizes = tomllib.loads(CEILING.read_text())
    for row, figures in sizes.items():
        most = ceilings.get(row, {})
        cells = (f"{now:,} ({most.get(what, 0):,}) {what}" for what, now in figures.items())
        print(f"{row:<22}" + "".join(f"{cell:>26}" for cell in cells))
    found = [*faults(sizes, ceilings)] if options.check else []
    if options.update:
        now, before = ({row: of[row] for row in of if "/" not in row} for of in (sizes, ceilings))
        found += faults(now, before, math.inf)
        if not found:
            lines = [HEAD]
            for row, figures in sizes.items():
                bounds = ", ".join(f"{what} = {figure}" for what, figure in figures.items())
                lines.append(f'"{row}" = {{ {bounds} }}\n')
            CEILING.write_text("".join(lines))
    if found:
        sys.exit("\n".join((*found, ADVICE)))


if __name__ == "__main__":
    main()
