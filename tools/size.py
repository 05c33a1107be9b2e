"""How large the project is, beside a ceiling that only falls.

``python tools/size.py`` prints a row for each area.  ``--check`` fails where a figure is above its
ceiling, or more than 2 % below.  ``--update`` writes today's figures as ceilings, and refuses if a
sum has grown.
"""

import argparse
import ast
import math
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from subprocesses import ROOT, check_output

CEILING = ROOT / "tools" / "size.toml"
SLACK = 0.02  # a ceiling may be this much higher than the figure
PACKAGE = "liaf_ref"
CODE = {".py", ".pyi"}
TEXT = {*CODE, ".toml", ".md", ".txt", ".js", ".css", ".j2", ".jinja", ".json", ".c", ".xml"}
# The files of a folder that are counted; elsewhere those are pages.
SUFFIXES = {PACKAGE: CODE, "notebooks": CODE, "tests": TEXT, "tools": TEXT}
COLUMNS = ("files", "lines", "code", "words")
# What each kind of area is held to beside its files; the other figures are printed.
HELD = {PACKAGE: "code", "tests": "lines", "tools": "lines", "notebooks": "lines", "pages": "words"}
HEAD = "# Ceilings of `make size`; `python tools/size.py --update` lowers them.\n"
ADVICE = "Delete first; then `python tools/size.py --update` lowers the ceilings."

Sizes = dict[str, Any]  # figures by column, of each row


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


def rows_of(path: Path) -> tuple[str, ...]:
    """The rows in which a file is counted; none: it is data."""
    top = path.parts[0] if path.parts[0] in SUFFIXES else "pages"
    if path.suffix not in SUFFIXES.get(top, {".md"}) or path == CEILING.relative_to(ROOT):
        return ()
    folder = path.parts[1] if len(path.parts) > 2 else "(root)"
    return (f"{PACKAGE}/{folder}", PACKAGE) if top == PACKAGE else (top,)


def measure(root: Path = ROOT) -> Sizes:
    """The figures of each row, over the files that git tracks or would track."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    sizes: Sizes = defaultdict(Counter)
    for path in map(Path, filter(None, check_output(*listed, cwd=root).split("\0"))):
        if not (rows := rows_of(path)) or not (root / path).is_file():
            continue
        source = (root / path).read_text(encoding="utf-8")
        code = code_lines(source) if path.suffix in CODE else 0
        words = len(re.findall(r"\S+", source)) if path.suffix == ".md" else 0
        for row in rows:
            sizes[row].update(files=1, lines=source.count("\n"), code=code, words=words)
    order = sorted(sizes, key=lambda row: (row == PACKAGE, not row.startswith(PACKAGE), row))
    return {row: sizes[row] for row in order}


def held(row: str) -> tuple[str, str]:
    """The columns of a row that have a ceiling."""
    return "files", HELD[row.split("/", maxsplit=1)[0]]


def faults(sizes: Sizes, ceilings: Sizes, slack: float = SLACK) -> Iterator[str]:
    """A sentence for each figure above its ceiling, and each ceiling that is too high."""
    for row in sorted({*sizes, *ceilings}):
        for column in held(row):
            now, most = (of.get(row, {}).get(column, 0) for of in (sizes, ceilings))
            if now > most:
                yield f"{row}: {now} {column}, expected at most {most}"
            elif most > max(now * (1 + slack), now + 1):
                yield f"{row}: the ceiling of {most} {column} is more than 2 % above {now}"


def print_table(sizes: Sizes, ceilings: Sizes) -> None:
    """A line for each row, and last the sum of the package; ceilings in brackets."""
    print(f"{'':<22}" + "".join(f"{column:>19}" for column in COLUMNS))
    for row, figures in sizes.items():
        most = ceilings.get(row, {})
        bounds = (f" ({most[column]:,})" if column in most else "" for column in COLUMNS)
        cells = (f"{figures[c]:,}{bound}" for c, bound in zip(COLUMNS, bounds, strict=True))
        print(f"{row:<22}" + "".join(f"{cell:>19}" for cell in cells))


def write_ceilings(sizes: Sizes) -> None:
    """Hold each row to what it has."""
    lines = [HEAD]
    for row, figures in sizes.items():
        most = ", ".join(f"{column} = {figures[column]}" for column in held(row))
        lines.append(f'"{row}" = {{ {most} }}\n')
    CEILING.write_text("".join(lines))


def main() -> None:
    """Print, check or lower."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail where a ceiling is broken")
    parser.add_argument("--update", action="store_true", help="write today's figures as ceilings")
    options = parser.parse_args()
    sizes = measure()
    ceilings: Sizes = tomllib.loads(CEILING.read_text())
    print_table(sizes, ceilings)
    found = [*faults(sizes, ceilings)] if options.check else []
    if options.update:
        now, before = ({row: of[row] for row in of if "/" not in row} for of in (sizes, ceilings))
        found += faults(now, before, math.inf)
        if not found:
            write_ceilings(sizes)
    if found:
        sys.exit("\n".join((*found, ADVICE)))


if __name__ == "__main__":
    main()
