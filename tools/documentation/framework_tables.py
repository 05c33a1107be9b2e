"""The measured tables of docs/verify/frameworks.md and of the page of each framework.

``PYTHONPATH=tools python -m documentation.framework_tables`` writes them.  The tables of frameworks
that are not installed stay as they are, so that each can be measured in its own environment.
"""

import re
from pathlib import Path
from typing import NamedTuple

from liaf_ref.oracle.frameworks import FRAMEWORKS, compare_frameworks
from liaf_ref.oracle.frameworks.registry import installed_version
from liaf_ref.oracle.frameworks.tables import format_markdown

OVERVIEW = Path(__file__).resolve().parents[2] / "docs" / "verify" / "frameworks.md"
FOLDER = OVERVIEW.with_suffix("")
BLOCK = re.compile(
    r"(?<=<!-- liaf-ref oracle compare --markdown --frameworks )([\w,-]+) -->\n"
    r"(.*?)(?=<!-- end -->)",
    re.DOTALL,
)
OVERVIEW_BLOCK = re.compile(r"(?<=<!-- first rows -->\n).*?(?=<!-- end -->)", re.DOTALL)
VERSION = re.compile(r"([\w-]+) (\d[\w.]*)(?=[,\n])")


class Block(NamedTuple):
    """The measured tables of one page."""

    page: Path
    frameworks: list[str]
    text: str

    @property
    def versions(self) -> dict[str, str]:
        """The version of each framework that was measured."""
        return dict(VERSION.findall(self.text.strip().partition(", in float32")[0] + "\n"))


def recorded_blocks() -> list[Block]:
    """The tables as the pages have them, in the order of the registry."""
    found = [
        Block(path, names.split(","), text)
        for path in FOLDER.glob("*.md")
        for names, text in BLOCK.findall(path.read_text("utf-8"))
    ]
    return sorted(found, key=lambda block: list(FRAMEWORKS).index(block.frameworks[0]))


def measured_text(frameworks: list[str]) -> str:
    """The tables as they are measured now."""
    found = compare_frameworks(frameworks)
    versions = (f"{name} {text.partition('+')[0]}" for name, text in found.versions.items())
    return (
        f"\nMeasured with {', '.join(versions)}, in float32.\n\n{format_markdown(found.rows)}\n\n"
    )


def overview_text() -> str:
    """The first row of each framework, from all pages."""
    tables: list[list[list[str]]] = [[], [], []]
    versions = [["package", "version"], ["---", "---"]]
    for block in recorded_blocks():
        versions += [[name, version] for name, version in block.versions.items()]
        for table, part in zip(tables, block.text.strip().split("\n\n")[1:], strict=True):
            head, rule, *rows = (
                [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()
            )
            if not table:
                table.extend((head, rule))
            table.extend(_first_rows(rows, block.page.name, len(table) - 1))
    return "\n" + "\n\n".join(_table(lines) for lines in (*tables, versions)) + "\n\n"


def _first_rows(rows: list[list[str]], page: str, number: int) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for _, neuron, *cells in rows:
        framework, _, name = neuron.partition(" ")
        if framework not in found:
            link = f"[{framework}](frameworks/{page}) {name}"
            found[framework] = [str(number + len(found)), link, *cells]
    return list(found.values())


def _table(lines: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _replace(pattern: re.Pattern[str], path: Path, text: str) -> None:
    path.write_text(pattern.sub(lambda _: text, path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    for block in recorded_blocks():
        if all(installed_version(name) for name in block.frameworks):
            names = ",".join(block.frameworks)
            _replace(BLOCK, block.page, f"{names} -->\n{measured_text(block.frameworks)}")
    _replace(OVERVIEW_BLOCK, OVERVIEW, overview_text())
