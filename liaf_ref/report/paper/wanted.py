"""What no run was given for, and the command that makes one."""

from collections.abc import Sequence

from liaf_ref.experiments.vision import EXPERIMENTS
from liaf_ref.report.paper.content import Missing
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.runs import NAMES

LEAST = 2  # seeds that give an interval


def of(groups: Sequence[Group], experiment: str) -> tuple[Group, ...]:
    """Groups of an experiment."""
    return tuple(group for group in groups if group.experiment == experiment)


def lacking(groups: Sequence[Group], experiment: str, cells: Sequence[str]) -> tuple[Missing, ...]:
    """List what an experiment's table still needs.

    Parameters
    ----------
    groups : sequence of Group
        All runs.
    experiment : str
        As ``liaf-ref run`` calls it.
    cells : sequence of str
        Cells that the table has.

    Returns
    -------
    tuple of Missing
        All of it, cells of a group, or a second seed.
    """
    own = of(groups, experiment)
    title = EXPERIMENTS[experiment].title
    if not own:
        what = f"{title}: {', '.join(NAMES[cell] for cell in cells)}"
        return (Missing(what, _command(experiment, "small", cells, 0)),)
    found = []
    for group in own:
        absent = [cell for cell in cells if not group.of(cell)]
        if absent:
            what = f"{group.label}: {', '.join(NAMES[cell] for cell in absent)}"
            seed = min(run.config["seed"] for run in group.runs)
            found.append(Missing(what, _command(experiment, group.scale, absent, seed, group)))
        few = [cell for cell in cells if 0 < len(group.of(cell)) < LEAST]
        if few:
            what = f"{group.label}: a second seed of {', '.join(NAMES[cell] for cell in few)}"
            seed = 1 + max(run.config["seed"] for run in group.runs if run.cell in few)
            found.append(Missing(what, _command(experiment, group.scale, few, seed, group)))
    return tuple(found)


def _command(
    experiment: str, scale: str, cells: Sequence[str], seed: int, group: Group | None = None
) -> str:
    published = group is not None and group.origin == "published"
    needed = published or EXPERIMENTS[experiment].simulate is None
    data = " --data DIR" if needed else ""
    own = f"liaf-ref run {experiment}{data} --scale {scale} --cells {','.join(cells)}"
    return f"{own} --seed {seed} --out runs/{experiment}-{scale}-{seed}"
