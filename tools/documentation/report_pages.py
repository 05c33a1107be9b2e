"""The published report in the site: a page for each table and figure of the paper.

On GitHub docs/results/report/report.md is one page, as ``liaf-ref report`` writes it.
"""

import re
from pathlib import Path

from liaf_ref.report.render import heading_anchor

GLANCE = "At a glance"


def page_name(title: str) -> str:
    """The page of a section: ``table-vi`` for "Table VI: Accuracies ..."."""
    return heading_anchor(title.partition(":")[0])


def split_report(out: Path) -> None:
    """Write a page for each section of the report, and lead all links there."""
    report = out / "results" / "report" / "report.md"
    head, *sections = re.split(r"^## ", report.read_text("utf-8"), flags=re.M)
    titles = [section.partition("\n")[0] for section in sections]
    pages = {heading_anchor(title): page_name(title) for title in titles if title != GLANCE}
    for title, section in zip(titles, sections, strict=True):
        if title == GLANCE:
            report.write_text(f"{head}## {section}", "utf-8")
        else:
            (report.parent / f"{page_name(title)}.md").write_text(f"# {section}", "utf-8")
    for path in out.rglob("*.md"):
        text = path.read_text("utf-8")
        if (new := _with_links(text, pages, inside=path == report)) != text:
            path.write_text(new, "utf-8")


def _with_links(text: str, pages: dict[str, str], *, inside: bool) -> str:
    """Lead links to sections of the report to their pages; inside it they are anchors alone."""
    target = r"#" if inside else r"((?:[\w./-]*/)?report/)report\.md#"

    def page_of(link: re.Match[str]) -> str:
        folder = "" if inside else link[1]
        section = link[link.re.groups]
        return f"]({folder}{pages[section]}.md)" if section in pages else link[0]

    return re.sub(rf"\]\({target}([\w-]+)\)", page_of, text)
