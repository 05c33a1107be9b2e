"""The site's contents, from docs/contents.toml: Sphinx's trees, put at the end of the pages."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

CONTENTS_FILE = "contents.toml"


def load_contents(folder: Path) -> dict[str, list[str]]:
    """What lies below each page."""
    below: dict[str, list[str]] = tomllib.loads((folder / CONTENTS_FILE).read_text("utf-8"))[
        "below"
    ]
    return below


def append_toctrees(out: Path) -> None:
    """Append a hidden toctree to every page that has others below it."""
    for page, below in load_contents(out).items():
        path = next(p for kind in (".md", ".rst") if (p := out / f"{page}{kind}").exists())
        text = toctree(below) if path.suffix == ".md" else toctree_rst(below)
        path.write_text(f"{path.read_text('utf-8').rstrip()}\n\n{text}\n", "utf-8")


def toctree(pages: Iterable[str]) -> str:
    """Write a toctree in MyST; pages are named from the top of the site."""
    return "\n".join(["```{toctree}", ":hidden:", "", *(f"/{page}" for page in pages), "```"])


def toctree_rst(pages: Iterable[str]) -> str:
    """Write a toctree in reStructuredText."""
    return "\n".join([".. toctree::", "   :hidden:", "", *(f"   /{page}" for page in pages)])
