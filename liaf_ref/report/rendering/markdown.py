"""Render the report as Markdown."""

import re
from collections.abc import Iterable, Iterator

from liaf_ref.report.content import Report, Section, Table
from liaf_ref.report.formatting import markdown_table as lay_out
from liaf_ref.report.rendering.files import COMMENTS_HEADING, TITLE, csv_path, svg_path


def render_markdown(report: Report) -> str:
    """Render the report."""
    parts = [f"# {TITLE}", *_list(report.about), "## At a glance"]
    parts += _list(map(_at_a_glance, report.sections))
    for section in report.sections:
        parts += _section(section)
    parts += ["## Runs", *_table(report.runs)]
    if report.skipped:
        parts += ["Skipped runs:", *_list(map(escape, report.skipped))]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Escape a text for Markdown and HTML."""
    text = re.sub(r"([\\`*\[\]|])", r"\\\1", " ".join(text.split()))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _at_a_glance(section: Section) -> str:
    anchor = heading_anchor(f"{section.number}: {section.title}")
    return f"[{section.number}](#{anchor}) {escape(section.title)}. {escape(section.verdict)}"


def heading_anchor(heading: str) -> str:
    """The anchor of a heading in GitHub and Sphinx."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.number}: {escape(section.title)}"
    yield f"**{escape(section.verdict)}**"
    yield from _list(map(escape, section.findings))
    for table in section.tables:
        yield from _table(table)
    for picture in section.pictures:
        caption = escape(picture.caption)
        yield f"![{caption}]({svg_path(picture)})\n\n{caption}: [numbers]({csv_path(picture)})"
    yield from _list(map(escape, section.notes))
    if section.comments:
        yield COMMENTS_HEADING
        yield from _list(map(escape, section.comments))
    if section.missing:
        yield "Missing runs, and the commands that produce them:"
        yield from _list(f"{escape(m.description)}: {_code(m.command)}" for m in section.missing)
    if section.sources:
        yield "Sources: " + ", ".join(_code(source) for source in section.sources)


def _table(table: Table) -> Iterator[str]:
    yield f"{escape(table.caption)}: [numbers]({csv_path(table)})"
    head, *rows = ([escape(text) for text in line] for line in (table.head, *table.rows))
    yield lay_out(head, rows)


def _list(texts: Iterable[str]) -> list[str]:
    lines = [f"- {text}" for text in texts]
    return ["\n".join(lines)] if lines else []


def _code(text: str) -> str:
    """Format as inline code, fenced by enough backticks."""
    text = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"
