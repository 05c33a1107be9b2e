"""The landing page as the site shows it: the picture for light and dark, and a card for each door.

On GitHub docs/index.md has one picture and a table in their place.
"""

import re
import shutil
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "docs" / "_static"
PART = re.compile(r"<!--(picture|cards)-->\n(.*?)<!---->\n", re.S)
ROW = re.compile(r"^\| \[(.+?)\]\((.+?)\.md\) \| (.+?) \|$", re.M)
PICTURES = """```{{image}} _static/liaf-and-lif-light.svg
:class: only-light
:alt: {alt}
```

```{{image}} _static/liaf-and-lif-dark.svg
:class: only-dark
:alt: {alt}
```
"""
CARD = """:::{{grid-item-card}} {title}
:link: {page}
:link-type: doc

{text}
:::
"""


def lay_out(page: Path) -> None:
    """Write the picture and the cards into the page."""
    page.write_text(PART.sub(_written, page.read_text("utf-8")), "utf-8")
    static = page.parent / "_static"
    static.mkdir(exist_ok=True)
    for picture in STATIC.glob("liaf-and-lif-*.svg"):
        shutil.copy(picture, static)


def _written(part: re.Match[str]) -> str:
    kind, text = part[1], part[2]
    if kind == "picture":
        return PICTURES.format(alt=text.partition("[")[2].partition("]")[0])
    cards = [CARD.format(title=row[1], page=row[2], text=row[3]) for row in ROW.finditer(text)]
    columns = "1 2 2 4" if len(cards) > 1 else "1"
    return f"::::{{grid}} {columns}\n:gutter: 3\n\n" + "\n".join(cards) + "::::\n"
