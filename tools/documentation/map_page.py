"""The page of the map: docs/map.toml as tables."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ("function", "derivation", "test", "case", "notebook")
TITLES = {"equation": "Equations", "table": "Tables", "figure": "Figures", "section": "Sections"}
SHORT_TITLES = {"equation": "({})", "table": "Table {}", "figure": "Fig. {}", "section": "{}"}
INTRODUCTION = """# The map

Every numbered equation, table and figure of the paper: where it is computed, derived, tested
and explained; and sections whose claims are code.  A test fails when anything named here is not
there, and when anything that the paper numbers is not named.
"""


def load_map() -> dict[str, Any]:
    """Read docs/map.toml."""
    return tomllib.loads((ROOT / "docs" / "map.toml").read_text("utf-8"))


def equation_section(number: str) -> str:
    """Where an equation stands, seen from docs/equations."""
    page: str = load_map()["equation"][number]["page"]
    return page.removeprefix("docs/equations/")


def map_page() -> str:
    """Write the page in Markdown, for the top of the site."""
    chart = load_map()
    pending = chart["pending"]["notebooks"]
    parts = [INTRODUCTION]
    for kind, title in TITLES.items():
        parts += [
            f"## {title}",
            "",
            "| | | function | derivation | test | golden case | notebook |",
        ]
        parts.append("|---|---|---|---|---|---|---|")
        for number, entry in chart[kind].items():
            cells = (_cell(entry, column, pending) for column in COLUMNS)
            parts.append(
                f"| {_name(kind, number, entry)} | {entry['what']} | {' | '.join(cells)} |"
            )
        parts.append("")
    return "\n".join(parts)


def _name(kind: str, number: str, entry: dict[str, Any]) -> str:
    name, here = SHORT_TITLES[kind].format(number), entry.get("page")
    return f"[{name}]({here.removeprefix('docs/')})" if here else name


def _cell(entry: dict[str, Any], column: str, pending: list[str]) -> str:
    if column not in entry:
        return f"*{entry['without'][column]}*"
    shown = []
    for value in entry[column]:
        match column:
            case "derivation":
                path, _, _ = value.partition("#")
                shown.append(f"[{Path(path).stem}]({value.removeprefix('docs/')})")
            case "notebook" if value not in pending:
                shown.append(f"[{value[:2]}](notebooks/{value}.ipynb)")
            case "notebook":
                shown.append(value[:2])
            case "function":
                shown.append(f"`{value.removeprefix('liaf_ref.')}`")
            case "test":
                path, _, test = value.partition("::")
                shown.append(f"`{Path(path).name}` `{test}`")
            case _:
                shown.append(f"`{value}`")
    return "<br>".join(shown)
