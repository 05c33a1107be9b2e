"""The site's contents, from docs/contents.toml: Sphinx's trees, put at the end of the pages."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CONTENTS_FILE = "contents.toml"


def append_toctrees(out: Path) -> None:
    """Append a hidden toctree to every page that has others below it.

    Parameters
    ----------
    out : Path
        The tree of pages, with the plan in it.
    """
    plan: dict[str, Any] = tomllib.loads((out / CONTENTS_FILE).read_text("utf-8"))
    for part in plan["part"]:
        pages = [page for page in part["pages"] if page != "index"]
        _append(out, "index", toctree(pages, part["title"]))
    for page, patterns in plan["below"].items():
        below = [name for pattern in patterns for name in matching(out, pattern) if name != page]
        if below:
            _append(out, page, toctree(below))


def toctree(pages: Iterable[str], caption: str = "") -> str:
    """Write a toctree in MyST; pages are named from the top of the site."""
    head = ["```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join([*head, "", *(f"/{page}" for page in pages), "```"])


def _append(out: Path, page: str, text: str) -> None:
    path = out / f"{page}.md"
    path.write_text(f"{path.read_text('utf-8').rstrip()}\n\n{text}\n", "utf-8")


def matching(out: Path, pattern: str) -> list[str]:
    """Find pages by pattern, in the order of the numbers in their names."""
    kinds = (".md", ".rst", ".ipynb")
    found = [page for kind in kinds for page in out.glob(pattern + kind)]
    names = [page.relative_to(out).as_posix().removesuffix(page.suffix) for page in found]
    return sorted(names, key=_natural)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]
