"""The notebooks that Colab and Binder open: without solutions, with outputs, links and badges."""

import re
from pathlib import Path

import notebooks
from documentation import RUNS, SITE

PACKAGES = "git+https://github.com/liaf-ref/liaf_ref", "ipywidgets", "autograd"
PICTURES = "https://raw.githubusercontent.com/liaf-ref/liaf_ref/main/docs/"
BADGES = {
    "Colab": "https://colab.research.google.com/assets/colab-badge.svg",
    "Binder": "https://mybinder.org/badge_logo.svg",
}


def write_published(out: Path, executed: Path) -> None:
    """Write them, and what Binder installs; ``executed`` has the outputs."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "requirements.txt").write_text("\n".join((*PACKAGES, "")), "utf-8")
    for source in notebooks.sources():
        book = notebooks.build(source, "handout", "equations")
        notebooks.add_outputs(book, executed / f"{source.stem}.ipynb")
        for cell in book.cells:
            if cell.cell_type == "markdown":
                cell.source = far_links(cell.source)
        title, _, text = book.cells[0].source.partition("\n")
        badges = (
            f"[![Open in {name}]({picture})]({RUNS[name].format(source.stem)})"
            for name, picture in BADGES.items()
        )
        book.cells[0].source = f"{title}\n\n{' '.join(badges)}\n{text}"
        install = f"# On Colab or Binder: install liaf_ref.\n%pip install -q {' '.join(PACKAGES)}"
        cell = notebooks.nbformat.v4.new_code_cell(install, id=f"{source.stem[:2]}-install")
        book.cells.insert(1, cell)
        notebooks.nbformat.write(book, out / f"{source.stem}.ipynb")


def far_links(text: str) -> str:
    """Point links to pages at the site, and pictures at the repository."""
    text = re.sub(r"\]\((?:\./)?(\w+/[\w-]+)\.md", rf"]({SITE}\1.html", text)
    return text.replace("](./", f"]({PICTURES}")
