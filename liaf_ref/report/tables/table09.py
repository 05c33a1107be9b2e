"""Table IX: accuracy and cost on DVS128 Gesture."""

from collections.abc import Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.comparison import summarize_comparisons
from liaf_ref.report.content import Section
from liaf_ref.report.missing_runs import groups_of, missing_runs
from liaf_ref.report.run_groups import RunGroup
from liaf_ref.report.tables.accuracies import (
    SMALL_SCALE_NOTE,
    accuracy_table,
    compare_accuracies,
    run_dirs,
)
from liaf_ref.report.tables.audited import (
    agreement_sentence,
    comparison_table,
    mismatch_notes,
    recomputed_findings,
)

CELLS = ("liaf", "lif", "convlstm")
CELL_PAIRS = [("liaf", "lif"), ("liaf", "convlstm")]


def table09(groups: Sequence[RunGroup]) -> Section:
    """Lay the three networks out beside the printed accuracies and counts."""
    findings = recomputed_findings("IX", ("count",))
    own = groups_of(groups, "gesture")
    made = compare_accuracies(own, CELL_PAIRS, printed_accuracy)
    texts = {cell: f"{printed_accuracy('gesture', cell):.2f}" for cell in CELLS}
    text = summarize_comparisons(made, "LIAF is more accurate than LIF and ConvLSTM").rstrip(".")
    return Section(
        "table09",
        "Table IX",
        "Accuracy and cost on DVS128 Gesture",
        f"{text}; {agreement_sentence(findings, 'printed counts')}",
        tuple(one.as_sentence() for one in made) if len(made) > 1 else (),
        (
            comparison_table(
                "table09", "Counts of the convolutions at the paper's sizes", findings
            ),
            *(accuracy_table(group, CELLS, texts, "table09") for group in own),
        ),
        notes=(
            *(() if all(g.matches_paper for g in own) else (SMALL_SCALE_NOTE,)),
            *mismatch_notes(findings),
        ),
        sources=run_dirs(own, CELLS),
        missing=missing_runs(groups, "gesture", CELLS),
    )


def printed_accuracy(experiment: str, cell: str) -> float:
    """The paper's test accuracy in percent."""
    return float(paper.table_rows("table09_accuracies")[cell][0])
