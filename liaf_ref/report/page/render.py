"""A report's files, and the folder they go to."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from liaf_ref.report.page import html, markdown, numbers
from liaf_ref.report.page.names import csv_of, svg_of
from liaf_ref.report.page.svg import alone, svg
from liaf_ref.report.paper.content import Picture, Report
from liaf_ref.together import write_together

PARTS = ("index.html", "report.md", "figures", "data")
Progress = Callable[[Sequence[Picture]], Iterable[Picture]]


def render(report: Report, progress: Progress = iter) -> dict[str, bytes]:
    """Make every file.

    Parameters
    ----------
    report : Report
        From :func:`liaf_ref.report.paper.build`.
    progress : callable
        Given the pictures, hands them on; to show how far it is.

    Returns
    -------
    dict of str to bytes
        By name, below the report's folder; equal for equal reports.
    """
    pictures = [picture for section in report.sections for picture in section.pictures]
    tables = [table for section in report.sections for table in section.tables]
    drawn = {picture.name: svg(picture) for picture in progress(pictures)}
    files = {"index.html": html.page(report, drawn), "report.md": markdown.page(report)}
    files |= {csv_of(table): numbers.of_table(table) for table in (*tables, report.runs)}
    files |= {csv_of(picture): numbers.of_picture(picture) for picture in pictures}
    found = {name: text.encode(errors="replace") for name, text in files.items()}
    return found | {svg_of(picture): alone(drawn[picture.name]) for picture in pictures}


def write(files: dict[str, bytes], out: Path) -> None:
    """Write a report's files, the page last.

    Parameters
    ----------
    files : dict of str to bytes
        From :func:`render`.
    out : Path
        The folder; made if need be.  A report that was stopped there is removed.

    Raises
    ------
    RunError
        If a file cannot be written.
    """
    order = sorted(files, key=lambda name: name == "index.html")
    write_together(out, {name: files[name] for name in order})
