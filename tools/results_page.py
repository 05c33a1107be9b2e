"""The table and the figure of docs/results/index.md, from the claims of the published report.

``python tools/results_page.py`` reads docs/results/report/data/claims.csv.
"""

import csv
import re
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from liaf_ref._core.palette import GREEN, GREY, VERMILION
from liaf_ref.report.formatting import NOTHING
from liaf_ref.report.rendering.files import CLAIMS_PATH
from liaf_ref.report.rendering.markdown import heading_anchor

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"
PAGE, FIGURE = RESULTS / "index.md", RESULTS / "claims.png"
REPORT = RESULTS / "report" / "report.md"
CLAIMS = RESULTS / "report" / CLAIMS_PATH
TABLE = re.compile(r"(?<=<!--claims-->\n).*?(?=<!---->)", re.S)
COLORS = {"confirmed": GREEN, "contradicted": VERMILION, "not decided": GREY}
# Where the rows of a table or figure come from, and the sweep that makes them again.
SWEEPS = {
    "Table III": "table03-ec",
    "Table VI": "vision",
    "Table VII": "rivals",
    "Fig. 7": "vision",
    "Fig. 8": "rivals",
    "Table IX": "vision-gesture",
    "Table X": "vision-gesture",
}
CIFAR10 = "rivals"  # has LIAF and LIF too


class Row(NamedTuple):
    """A claim of the paper, as the report states it."""

    where: str
    claim: str
    paper: str
    ours: float
    half_width: float
    n: int
    verdict: str


def read_claims(path: Path = CLAIMS) -> list[Row]:
    """Read the report's claims: each once, and only those that have an interval."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["half_width"]]
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["claim"], row)
    return [
        Row(
            row["where"],
            row["claim"].partition(", scale ")[0],
            row["paper"],
            float(row["ours"]),
            float(row["half_width"]),
            int(row["n"]),
            row["verdict"],
        )
        for row in found.values()
    ]


def table(rows: list[Row]) -> str:
    """Write the rows in Markdown."""
    lines = ["| claim of the paper | paper | ours | verdict | sweep |", "|---|---|---|---|---|"]
    titles = re.findall(r"^## (.+)$", REPORT.read_text("utf-8"), re.M)
    pages = {
        title.partition(":")[0]: f"report/report.md#{heading_anchor(title)}" for title in titles
    } | {"Table III": "table03.md"}
    for row in rows:
        sweep = CIFAR10 if "CIFAR10" in row.claim else SWEEPS[row.where]
        ours = f"{row.ours:+.1f} ± {row.half_width:.1f}".replace("-", "−")
        claim = f"{row.claim} ([{row.where}]({pages[row.where]}))"
        lines.append(
            f"| {claim} | {row.paper} | {ours} | {row.verdict} | `docs/sweeps/{sweep}.toml` |"
        )
    return "\n".join(lines) + "\n"


def draw(rows: list[Row]) -> Figure:
    """Draw every interval, with the paper's value where it prints one."""
    figure = Figure(figsize=(8, 0.27 * len(rows) + 1.1), layout="constrained")
    axes = figure.subplots()
    for k, row in enumerate(reversed(rows)):
        color = COLORS[row.verdict]
        axes.errorbar(row.ours, k, xerr=row.half_width, fmt="o", color=color, capsize=3, ms=4)
        if row.paper != NOTHING:
            axes.plot(float(row.paper.replace("−", "-")), k, "x", color="black", ms=6)
    axes.axvline(0, color="black", lw=0.8)
    axes.set_yticks(range(len(rows)), [r.claim for r in reversed(rows)])
    axes.tick_params(axis="y", labelsize=9)
    axes.set_xlabel("percentage points\nline: 95 % interval; cross: paper", fontsize=9)
    for verdict, color in COLORS.items():
        axes.plot([], [], "o", color=color, label=verdict)
    axes.legend(fontsize=9, loc="lower left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def main() -> None:
    """Write the table into the page, and the figure beside it."""
    rows = read_claims()
    PAGE.write_text(TABLE.sub(lambda _: table(rows), PAGE.read_text("utf-8")), "utf-8")
    draw(rows).savefig(FIGURE, dpi=110, metadata={"Software": None})
    print(f"{len(rows)} claims in {PAGE} and {FIGURE}")


if __name__ == "__main__":
    main()
