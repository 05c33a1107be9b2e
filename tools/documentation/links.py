"""Follow every link inside the built site: to a file, and to a place in it."""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINKING = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name == LINKING.get(tag):
                self.links.append(value)
            if value and (name == "id" or (tag == "a" and name == "name")):
                self.anchors.add(value)


def broken_links(site: Path, ignored: tuple[str, ...] = ()) -> list[str]:
    """Follow every relative link of every page.

    Parameters
    ----------
    site : Path
        Folder of the built HTML.
    ignored : tuple of str
        Folders of the site whose pages are not read.

    Returns
    -------
    list of str
        ``page: link: why`` for each that leads nowhere.
    """

    @cache
    def read(path: Path) -> _Page:
        page = _Page()
        page.feed(path.read_text("utf-8"))
        return page

    found = []
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site)
        if name.parts[0] in ignored:
            continue
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
        target = base.resolve() if path else page
        if target.is_dir():
            target /= "index.html"
        anchor = unquote(parts.fragment)
        yield link, target, "" if target.parts[-1:] == ("search.html",) else anchor
