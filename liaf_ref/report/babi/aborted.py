"""Runs that came to fewer epochs than they were told, by why."""

from collections.abc import Sequence
from typing import NamedTuple

from liaf_ref.report.babi.run_summary import EARLY_STOPPED, OVERFLOWED, UNKNOWN, RunSummary

CAUSES = {
    OVERFLOWED: ("Runs that overflowed", "a gradient was not finite"),
    EARLY_STOPPED: ("Early-stopped runs", "the validation loss stopped decreasing"),
    UNKNOWN: ("Aborted runs", "reason not recorded in the table of runs"),
}


class AbortedRuns(NamedTuple):
    """Runs that were broken off for one cause.

    Attributes
    ----------
    title, why : str
        In words.
    ends : list of End
        The runs.
    """

    title: str
    reason: str
    runs: list[RunSummary]


def aborted_runs(runs: Sequence[RunSummary]) -> list[AbortedRuns]:
    """Find the runs that were broken off."""
    short = [end for end in runs if end.epochs_done < end.epochs]
    found = (
        AbortedRuns(*words, [end for end in short if end.cause == cause])
        for cause, words in CAUSES.items()
    )
    return [group for group in found if group.runs]
