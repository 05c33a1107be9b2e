"""Follow every link inside the built site: to a file, and to a place in it."""

import html
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

# html.parser takes ten times as long for a site of a thousand pages.
NOT_SHOWN = re.compile(r"(?s)<!--.*?-->|(?<=<script>).*?(?=</script>)")
LINK = re.compile(
    r"""(?s)<(?:(?:a|link)\b[^>]*?\shref|(?:img|script|source)\b[^>]*?\ssrc)=(["'])(.*?)\1"""
)
# A link to `#` is right in the navigation, where it marks the page that is shown.
NOWHERE = re.compile(r"""(?s)<article\b(?:(?!</article>).)*?<a\b[^>]*?\shref=(["'])#\1""")
ANCHOR = re.compile(r"""(?s)<(?:\w+\b[^>]*?\sid|a\b[^>]*?\sname)=(["'])(.*?)\1""")


class _Page(NamedTuple):
    links: list[str]
    anchors: set[str]
    leads_nowhere: bool


def broken_links(site: Path, ignored: tuple[str, ...] = ()) -> list[str]:
    """Return ``page: link: why`` for each link of the site's pages that leads nowhere."""

    @cache
    def read(path: Path) -> _Page:
        text = NOT_SHOWN.sub("", path.read_text("utf-8"))
        links, anchors = (
            [html.unescape(value) for _, value in pattern.findall(text)]
            for pattern in (LINK, ANCHOR)
        )
        return _Page(links, set(anchors), bool(NOWHERE.search(text)))

    found = []
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site)
        if name.parts[0] in ignored:
            continue
        if read(path).leads_nowhere:
            found.append(f"{name}: #: leads to no other page")
        for link, target, anchor in _relative_links(path, site, read(path).links):
            if not target.is_file():
                found.append(f"{name}: {link}: no such file")
            elif anchor and target.suffix == ".html" and anchor not in read(target).anchors:
                found.append(f"{name}: {link}: no such anchor in it")
    return found


def _relative_links(page: Path, site: Path, links: list[str]) -> Iterator[tuple[str, Path, str]]:
    for link in dict.fromkeys(links):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        path = unquote(parts.path)
        base = site / path.lstrip("/") if path.startswith("/") else page.parent / path
        target = Path(os.path.normpath(base)) if path else page
        if target.is_dir():
            target /= "index.html"
        anchor = unquote(parts.fragment)
        yield link, target, "" if target.parts[-1:] == ("search.html",) else anchor
