"""What `make docs` and `make docs-check` are made of."""

import shutil
from importlib.metadata import distribution
from pathlib import Path

MATHJAX_FONTS = "output/chtml/fonts/woff-v2"


def copy_mathjax(target: Path) -> None:
    """Copy MathJax and its fonts, from sphinx-mathjax-offline: pages need no network."""
    files = Path(str(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline")))
    source = files / "static" / "mathjax"
    shutil.copytree(source / MATHJAX_FONTS, target / MATHJAX_FONTS, dirs_exist_ok=True)
    shutil.copy(source / "tex-chtml.js", target)
