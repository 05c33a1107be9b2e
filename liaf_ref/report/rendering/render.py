"""A report's files, and the folder they go to."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from liaf_ref._core.atomic import write_files_transactionally
from liaf_ref.report.content import Picture, Report
from liaf_ref.report.rendering import csv_files, html, markdown
from liaf_ref.report.rendering.file_names import csv_path, svg_path
from liaf_ref.report.rendering.svg import draw_svg, standalone_svg

OUTPUT_NAMES = ("index.html", "report.md", "figures", "data")
Progress = Callable[[Sequence[Picture]], Iterable[Picture]]


def render_report(report: Report, progress: Progress = iter) -> dict[str, bytes]:
    """Make every file."""
    pictures = [picture for section in report.sections for picture in section.pictures]
    tables = [table for section in report.sections for table in section.tables]
    drawn = {picture.name: draw_svg(picture) for picture in progress(pictures)}
    files = {
        "index.html": html.render_html(report, drawn),
        "report.md": markdown.render_markdown(report),
    }
    files |= {csv_path(table): csv_files.table_to_csv(table) for table in (*tables, report.runs)}
    files |= {csv_path(picture): csv_files.picture_to_csv(picture) for picture in pictures}
    found = {name: text.encode(errors="replace") for name, text in files.items()}
    return found | {svg_path(picture): standalone_svg(drawn[picture.name]) for picture in pictures}


def write_report(files: dict[str, bytes], out: Path) -> None:
    """Write a report's files, the page last."""
    order = sorted(files, key=lambda name: name == "index.html")
    write_files_transactionally(out, {name: files[name] for name in order})
