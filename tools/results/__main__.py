"""Draw the figures of docs/results from the stored runs, and write the table of the README."""

from matplotlib import rc_context
from matplotlib.figure import Figure

from liaf_ref.report.pictures import NO_METADATA
from results import RESULTS, changes, claims, draw_speed


def save_svg(figure: Figure, name: str) -> None:
    """Write a figure with its text as text; equal figures are equal bytes."""
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(RESULTS / f"{name}.svg", format="svg", metadata=NO_METADATA)


with rc_context({"font.size": 11}):
    for sweep in changes.SWEEPS:
        save_svg(changes.draw(sweep), sweep)
    save_svg(draw_speed(), "dense-lif")
with rc_context(claims.STYLE):
    save_svg(claims.draw(claims.stored_claims()), "claims")
before, after = claims.README.read_text("utf-8").split(claims.START)
rest = after[after.index(claims.END) :]
claims.README.write_text(f"{before}{claims.START}{claims.summary_table()}{rest}", "utf-8")
