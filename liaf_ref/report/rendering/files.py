"""File names of the report, and its tables and figures as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from liaf_ref.report.claims import ResultClaim, holm_half_widths
from liaf_ref.report.content import CurvePlot, EventCloud, FrameStrip, Picture, Table
from liaf_ref.report.formatting import NOTHING

TITLE = "The paper's tables and figures, reproduced"
COMMENTS_HEADING = "Comments on the runs"
CLAIMS_PATH = "data/claims.csv"
CLAIMS_HEADER = (
    *("where", "claim", "paper", "ours", "half_width", "holm_half_width", "n"),
    *("verdict", "reason"),
)


def svg_path(picture: Picture) -> str:
    """Path of the SVG file of a figure."""
    return f"figures/{picture.name}.svg"


def csv_path(content: Picture | Table) -> str:
    """Path of the CSV file of a figure or table."""
    return f"data/{content.name}.csv"


def table_to_csv(table: Table) -> str:
    """Format a table as CSV."""
    return _csv(table.head, table.rows)


def claims_to_csv(claims: Sequence[ResultClaim]) -> str:
    """Format the claims of all sections as CSV."""
    return _csv(CLAIMS_HEADER, map(_claim_row, claims, holm_half_widths(claims)))


def _claim_row(claim: ResultClaim, holm: float) -> tuple[object, ...]:
    halves = claim.difference.half_width, holm
    widths = ("" if np.isinf(half) else f"{half:.1f}" for half in halves)
    ours = f"{claim.difference.value:.1f}", *widths, claim.difference.n
    return claim.where, claim.text, claim.printed or NOTHING, *ours, *claim.verdict


def picture_to_csv(picture: Picture) -> str:
    """Format the data of a figure as CSV."""
    if isinstance(picture, CurvePlot):
        return _csv(("line", "epoch", "mean", "half_width", "seeds"), _curves(picture))
    if isinstance(picture, EventCloud):
        found = picture.events
        columns = (found[name].tolist() for name in ("t", "x", "y"))
        rows = zip(*columns, found["p"].astype(int).tolist(), strict=True)
        return _csv(("t_us", "x", "y", "brighter"), rows)
    return _csv(("frame", "y", "x", "darker", "brighter"), _pixels(picture))


def _curves(picture: CurvePlot) -> Iterator[tuple[object, ...]]:
    for line in picture.curves:
        for epoch, (y, half) in enumerate(zip(line.y, line.half_width, strict=True), 1):
            yield line.label, epoch, f"{y:.6g}", "" if np.isinf(half) else f"{half:.6g}", line.n


def _pixels(picture: FrameStrip) -> Iterator[tuple[object, ...]]:
    for k, y, x in np.argwhere(picture.counts.any(axis=-1)).tolist():
        yield picture.titles[k], y, x, *picture.counts[k, y, x].tolist()


def _csv(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
