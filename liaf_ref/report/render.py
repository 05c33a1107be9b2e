"""Write a report as files: one HTML page, the same as Markdown, figures as SVG, numbers as CSV."""

import math
import re
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.text import csv_text, replace_invalid_xml_chars
from liaf_ref.report import content
from liaf_ref.report.content import Claim, Report, Section, Table
from liaf_ref.report.pictures import Picture, draw_svg

TITLE = "The paper's tables and figures, reproduced"
COMMENTS_HEADING = "Comments on the runs"
CLAIMS_HEADER = (
    *("where", "claim", "paper", "ours", "half_width", "holm_half_width", "n"),
    *("verdict", "reason"),
)


def render_report(report: Report) -> dict[str, bytes]:
    """Render all files; return their contents by path."""
    templates = _load_templates()  # first, as it fails if jinja2 is missing
    pictures = [picture for section in report.sections for picture in section.pictures]
    tables = [table for section in report.sections for table in section.tables]
    images = {picture.name: draw_svg(picture) for picture in pictures}
    urls = {
        name: f"data:image/svg+xml;base64,{b64encode(image).decode()}"
        for name, image in images.items()
    }
    page, text = (
        templates.get_template(f"report.{kind}.jinja").render(report=report, image_urls=urls)
        for kind in ("html", "md")
    )
    texts = {
        "index.html": replace_invalid_xml_chars(page.lstrip()),
        "report.md": f"{text.strip()}\n",
        "data/claims.csv": _claims_to_csv([c for s in report.sections for c in s.claims]),
    }
    texts |= {
        csv_path(table): csv_text([table.head, *table.rows]) for table in (*tables, report.runs)
    }
    texts |= {csv_path(picture): csv_text(picture.rows) for picture in pictures}
    files = {name: text.encode(errors="replace") for name, text in texts.items()}
    return files | {svg_path(picture): images[picture.name] for picture in pictures}


def svg_path(picture: Picture) -> str:
    """Path of the SVG file of a figure."""
    return f"figures/{picture.name}.svg"


def csv_path(content: Picture | Table) -> str:
    """Path of the CSV file of a figure or table."""
    return f"data/{content.name}.csv"


def heading_anchor(heading: str) -> str:
    """The anchor of a heading in GitHub and Sphinx."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def escape_markdown(text: str) -> str:
    """Escape a text for Markdown and HTML."""
    text = re.sub(r"([\\`*\[\]|])", r"\\\1", " ".join(text.split()))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _load_templates() -> Any:
    """The templates of the pages."""
    jinja2 = import_optional_dependency("jinja2", "report")
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("liaf_ref.report"),
        autoescape=lambda name: ".html." in name,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.globals |= {"csv_path": csv_path, "svg_path": svg_path, "title": TITLE}
    templates.globals |= {"comments_heading": COMMENTS_HEADING, "anchor": _section_anchor}
    templates.globals["as_markdown"] = _table_to_markdown
    templates.filters |= {"escape_markdown": escape_markdown, "code": _code}
    return templates


def _section_anchor(section: Section) -> str:
    return heading_anchor(f"{section.number}: {section.title}")


def _table_to_markdown(table: Table) -> str:
    head, *rows = ([escape_markdown(text) for text in line] for line in (table.head, *table.rows))
    return content.markdown_table(head, rows)


def _code(text: str) -> str:
    """Format as inline code in Markdown, fenced by enough backticks."""
    text = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _claims_to_csv(claims: Sequence[Claim]) -> str:
    """The claims of all sections, with the intervals of Holm's procedure."""
    rows: list[tuple[object, ...]] = [CLAIMS_HEADER]
    for claim, holm in zip(claims, content.holm_half_widths(claims), strict=True):
        ours = claim.difference
        widths = ("" if math.isinf(half) else f"{half:.1f}" for half in (ours.half_width, holm))
        numbers = f"{ours.value:.1f}", *widths, ours.n
        rows.append(
            (
                claim.where,
                claim.text,
                claim.printed or content.NOTHING,
                *numbers,
                *claim.verdict[:2],
            )
        )
    return csv_text(rows)
