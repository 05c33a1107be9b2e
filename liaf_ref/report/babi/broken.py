"""Runs that came to fewer epochs than they were told, by why."""

from collections.abc import Sequence
from typing import NamedTuple

from liaf_ref.report.babi.ends import OVERFLOW, STOPPED, UNKNOWN, End

CAUSES = {
    OVERFLOW: ("Runs that overflowed", "a gradient was not finite"),
    STOPPED: ("Runs that stopped early", "the validation loss had stopped falling"),
    UNKNOWN: ("Runs that were broken off", "the table of runs does not say why"),
}


class Broken(NamedTuple):
    """Runs that were broken off for one cause.

    Attributes
    ----------
    title, why : str
        In words.
    ends : list of End
        The runs.
    """

    title: str
    why: str
    ends: list[End]


def broken(ends: Sequence[End]) -> list[Broken]:
    """Find the runs that were broken off.

    Parameters
    ----------
    ends : sequence of End
        Runs.

    Returns
    -------
    list of Broken
        One for each cause that there is.
    """
    short = [end for end in ends if end.done < end.epochs]
    found = (
        Broken(*words, [end for end in short if end.cause == cause])
        for cause, words in CAUSES.items()
    )
    return [group for group in found if group.ends]
