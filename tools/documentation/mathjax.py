"""MathJax's files, from the package sphinx-mathjax-offline, so that pages need no network."""

import shutil
from importlib.metadata import distribution
from pathlib import Path

FONTS = "output/chtml/fonts/woff-v2"


def copy_mathjax(target: Path) -> None:
    """Copy the component that typesets TeX, and its fonts."""
    files = Path(str(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline")))
    source = files / "static" / "mathjax"
    shutil.copytree(source / FONTS, target / FONTS, dirs_exist_ok=True)
    shutil.copy(source / "tex-chtml.js", target)
