"""The report as one HTML file that needs no other, no network and no JavaScript."""

import html
from collections.abc import Iterable, Mapping
from importlib import resources

from liaf_ref._core.xml_text import replace_invalid_xml_chars
from liaf_ref.report.content import MissingRuns, Picture, Report, Section, Table
from liaf_ref.report.rendering.file_names import COMMENTS_HEADING, TITLE, csv_path, svg_path

VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
MAX_FINDINGS_SHOWN, MAX_NOTES_SHOWN = 3, 5  # findings and notes that are shown at once


def render_html(report: Report, svg_elements: Mapping[str, str]) -> str:
    """Write the report."""
    style = resources.files("liaf_ref.report.rendering").joinpath("style.css").read_text("utf-8")
    body = "\n".join(
        [
            f"<header><h1>{_escape(TITLE)}</h1>{_list(report.about)}</header>",
            _overview(report.sections),
            *(_section(section, svg_elements) for section in report.sections),
            _runs(report),
        ]
    )
    return (
        '<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml">\n<head>\n'
        f'<meta charset="utf-8"/>\n{VIEWPORT}\n<title>{_escape(TITLE)}</title>\n'
        f"<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _overview(sections: Iterable[Section]) -> str:
    lines = "\n".join(
        f'<li><a href="#{s.name}">{_escape(s.number)}</a>'
        f"<span><b>{_escape(s.title)}.</b> {_escape(s.verdict)}</span></li>"
        for s in sections
    )
    return f'<nav aria-label="At a glance">\n<h2>At a glance</h2>\n<ul>\n{lines}\n</ul>\n</nav>'


def _section(section: Section, svg_elements: Mapping[str, str]) -> str:
    title = f"<h2><span>{_escape(section.number)}</span> {_escape(section.title)}</h2>"
    figures = "\n".join(_picture(p, svg_elements[p.name]) for p in section.pictures)
    parts = [
        title,
        f'<p class="verdict">{_escape(section.verdict)}</p>',
        _collapsible_list(section.findings, MAX_FINDINGS_SHOWN, "comparisons"),
        *map(_table, section.tables),
        f'<div class="figures">\n{figures}\n</div>' if figures else "",
        _collapsible_list(section.notes, MAX_NOTES_SHOWN, "notes", "notes"),
        _comments(section.comments),
        _missing(section.missing),
        _sources(section.sources),
    ]
    body = "\n".join(part for part in parts if part)
    return f'<section id="{section.name}">\n{body}\n</section>'


def _collapsible_list(texts: tuple[str, ...], max_shown: int, noun: str, name: str = "") -> str:
    """A list, folded if it is longer than that."""
    if len(texts) <= max_shown:
        return _list(texts, name)
    return f"<details><summary>{len(texts)} {noun}</summary>{_list(texts, name)}</details>"


def _table(table: Table) -> str:
    kinds = ["word" if k in table.text_columns else "number" for k in range(len(table.head))]
    head = "".join(
        f'<th scope="col" class="{kind}">{_escape(text)}</th>'
        for text, kind in zip(table.head, kinds, strict=True)
    )
    rows = "\n".join(f"<tr>{_row(row, kinds)}</tr>" for row in table.rows)
    caption = _escape(table.caption)
    box = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">\n<table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )
    link = f'<a href="{_escape(csv_path(table))}">numbers</a>'
    if table.collapsed:
        return f"<details><summary>{caption}</summary>\n{box}\n<p>{link}</p></details>"
    return f'<div class="table">\n<p class="caption">{caption} ({link})</p>\n{box}\n</div>'


def _row(row: tuple[str, ...], kinds: list[str]) -> str:
    first, *rest = (
        f'class="{kind}">{_escape(text)}' for text, kind in zip(row, kinds, strict=True)
    )
    return f'<th scope="row" {first}</th>' + "".join(f"<td {cell}</td>" for cell in rest)


def _picture(picture: Picture, element: str) -> str:
    caption = _escape(picture.caption)
    links = (
        f'<a href="{_escape(svg_path(picture))}">SVG</a>, '
        f'<a href="{_escape(csv_path(picture))}">numbers</a>'
    )
    named = element.replace("<svg", f'<svg role="img" aria-label="{caption}"', 1)
    return f"<figure>\n{named}\n<figcaption>{caption} ({links})</figcaption>\n</figure>"


def _comments(texts: tuple[str, ...]) -> str:
    return (
        f'<div class="remarks"><p>{_escape(COMMENTS_HEADING)}</p>\n{_list(texts)}</div>'
        if texts
        else ""
    )


def _missing(missing: tuple[MissingRuns, ...]) -> str:
    if not missing:
        return ""
    lines = "\n".join(
        f"<li>{_escape(m.description)}<br/><code>{_escape(m.command)}</code></li>" for m in missing
    )
    title = "<p>Missing runs, and the commands that produce them</p>"
    return f'<div class="missing">{title}\n<ul>\n{lines}\n</ul></div>'


def _sources(sources: tuple[str, ...]) -> str:
    if not sources:
        return ""
    lines = "".join(f"<li><code>{_escape(source)}</code></li>" for source in sources)
    count = f"{len(sources)} source{'' if len(sources) == 1 else 's'}"
    return f"<details><summary>Sources: {count}</summary><ul>{lines}</ul></details>"


def _runs(report: Report) -> str:
    left = ""
    if report.skipped:
        left = f'<div class="missing"><p>Skipped runs</p>\n{_list(report.skipped)}</div>'
    return f'<section id="runs">\n<h2>Runs</h2>\n{_table(report.runs)}\n{left}\n</section>'


def _list(texts: Iterable[str], name: str = "") -> str:
    lines = "\n".join(f"<li>{_escape(text)}</li>" for text in texts)
    attribute = f' class="{name}"' if name else ""
    return f"<ul{attribute}>\n{lines}\n</ul>" if lines else ""


def _escape(text: str) -> str:
    """Let a text stand for itself, as far as XML can hold it."""
    return html.escape(replace_invalid_xml_chars(text))
