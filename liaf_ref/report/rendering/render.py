"""Render the files of a report and write them to a folder."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from liaf_ref._core.atomic import write_files_transactionally
from liaf_ref.report.content import Picture, Report
from liaf_ref.report.rendering.files import (
    CLAIMS_PATH,
    claims_to_csv,
    csv_path,
    picture_to_csv,
    svg_path,
    table_to_csv,
)
from liaf_ref.report.rendering.html import load_template, render_html
from liaf_ref.report.rendering.markdown import render_markdown
from liaf_ref.report.rendering.svg import draw_svg

OUTPUT_NAMES = ("index.html", "report.md", "figures", "data")
Progress = Callable[[Sequence[Picture]], Iterable[Picture]]


def render_report(report: Report, progress: Progress = iter) -> dict[str, bytes]:
    """Render all files; return their contents by path."""
    template = load_template()  # first, as it fails if jinja2 is missing
    pictures = [picture for section in report.sections for picture in section.pictures]
    tables = [table for section in report.sections for table in section.tables]
    images = {picture.name: draw_svg(picture) for picture in progress(pictures)}
    texts = {
        "index.html": render_html(template, report, images),
        "report.md": render_markdown(report),
    }
    texts |= {csv_path(table): table_to_csv(table) for table in (*tables, report.runs)}
    texts[CLAIMS_PATH] = claims_to_csv([c for s in report.sections for c in s.claims])
    texts |= {csv_path(picture): picture_to_csv(picture) for picture in pictures}
    files = {name: text.encode(errors="replace") for name, text in texts.items()}
    return files | {svg_path(picture): images[picture.name] for picture in pictures}


def write_report(files: dict[str, bytes], out: Path) -> None:
    """Write the files of a report, index.html last."""
    order = sorted(files, key=lambda name: name == "index.html")
    write_files_transactionally(out, {name: files[name] for name in order})
