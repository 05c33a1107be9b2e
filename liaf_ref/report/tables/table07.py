"""Table VII: the rivals on CIFAR10-DVS, their accuracy and their cost."""

from collections.abc import Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.audit import Finding, audit
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

CELLS = ("conv2d", "conv3d", "convlstm", "liaf", "lif")
CELL_PAIRS = [("liaf", rival) for rival in CELLS if rival != "liaf"]
EXPERIMENT = "cifar10-dvs"
PAPER_PARAGRAPH = "VI-B5, paragraph 3"


def table07(groups: Sequence[RunGroup]) -> Section:
    """Lay rivals out: test accuracy against weights and operations."""
    findings = recomputed_findings("VII", ("count",))
    own = groups_of(groups, EXPERIMENT)
    made = compare_accuracies(own, CELL_PAIRS, printed_accuracy)
    texts = {cell: f"{printed_accuracy(EXPERIMENT, cell):.1f}" for cell in CELLS}
    accuracies = summarize_comparisons(
        made, "LIAF lies on the side of each rival that the paper has it on"
    ).rstrip(".")
    return Section(
        "table07",
        "Table VII",
        "Rivals on CIFAR10-DVS: accuracy and cost",
        f"{accuracies}; {agreement_sentence(findings, 'printed counts')}",
        (*(one.as_sentence() for one in made), *map(_saving_sentence, _percentages_in_text())),
        (
            comparison_table(
                "table07", "Counts of the convolutions at the paper's sizes", findings
            ),
            *(accuracy_table(group, CELLS, texts, "table07") for group in own),
        ),
        notes=(
            *(() if all(g.matches_paper for g in own) else (SMALL_SCALE_NOTE,)),
            *mismatch_notes(findings),
        ),
        sources=run_dirs(own, CELLS),
        missing=missing_runs(groups, EXPERIMENT, CELLS),
    )


def printed_accuracy(experiment: str, cell: str) -> float:
    """The paper's test accuracy in percent."""
    own = paper.table_rows("table07_own") | paper.table_rows("table07_accuracies")
    return float(own[cell][1])


def _percentages_in_text() -> list[Finding]:
    return [f for f in audit("text") if f.printed.location == PAPER_PARAGRAPH]


def _saving_sentence(finding: Finding) -> str:
    what = finding.printed.quantity.removesuffix(", %")
    printed = finding.printed.value
    return f"At the paper's sizes LIAF has {finding.formatted} % {what} (paper: {printed} %)."
