"""Measure the frameworks that are installed, and write the tables of docs/verify/frameworks.

The tables of frameworks that are not installed, or that cannot be imported, stay as they are, so
that each can be measured in an environment of its own.  The figure is drawn if all whose spikes
have a gradient are here.
"""

import re
from pathlib import Path
from typing import NamedTuple

from frameworks import FRAMEWORKS, NeuronMeasurement, installed_version, measure_frameworks
from frameworks.tables import draw_surrogates, format_markdown

DOCS = Path(__file__).resolve().parents[2] / "docs"
OVERVIEW = DOCS / "verify" / "frameworks.md"
FIGURE = DOCS / "results" / "surrogates.png"
BLOCK = re.compile(r"(?<=<!-- measured )([\w,]+) -->\n(.*?)(?=<!-- end -->)", re.DOTALL)
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
        for path in OVERVIEW.with_suffix("").glob("*.md")
        for names, text in BLOCK.findall(path.read_text("utf-8"))
    ]
    return sorted(found, key=lambda block: list(FRAMEWORKS).index(block.frameworks[0]))


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


def main() -> None:
    """Write what can be measured here."""
    first: dict[str, NeuronMeasurement] = {}
    for block in recorded_blocks():
        here = {name: installed_version(name) for name in block.frameworks}
        names = ",".join(here)
        if None in here.values():
            print(f"{names}: not installed")
            continue
        try:
            rows = measure_frameworks(block.frameworks)
        except ImportError as error:
            print(f"{names}: {error}")
            continue
        first |= {row.framework: row for row in reversed(rows)}
        versions = ", ".join(f"{name} {version}" for name, version in here.items())
        text = f"\nMeasured with {versions}, in float32.\n\n{format_markdown(rows)}\n\n"
        _replace(BLOCK, block.page, f"{names} -->\n{text}")
    _replace(OVERVIEW_BLOCK, OVERVIEW, overview_text())
    differentiated = [name for name in FRAMEWORKS if name not in {"bindsnet", "nengo"}]
    if first.keys() >= set(differentiated):
        FIGURE.write_bytes(draw_surrogates([first[name] for name in differentiated]))


if __name__ == "__main__":
    main()
