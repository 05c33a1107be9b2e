"""How long a sweep will go on, by what jobs of each kind have taken so far."""

from collections.abc import Iterable

from liaf_ref.experiments.given import JobEstimate


class Remaining:
    """Keeps account of costs and times; every call takes as long as there are kinds.

    Parameters
    ----------
    left : iterable of Survey
        Of the jobs to run.
    workers : int
        How many run at once.
    """

    def __init__(self, left: Iterable[JobEstimate], workers: int) -> None:
        self.workers = workers
        self.left: dict[str, float] = {}
        self.done: dict[str, tuple[float, float]] = {}
        for survey in left:
            self.left[survey.kind] = self.left.get(survey.kind, 0.0) + survey.cost

    def ended(self, survey: JobEstimate) -> None:
        """Take a job off what is left."""
        self.left[survey.kind] -= survey.cost

    def took(self, survey: JobEstimate, seconds: float) -> None:
        """Learn from a finished job."""
        cost, total = self.done.get(survey.kind, (0.0, 0.0))
        self.done[survey.kind] = cost + survey.cost, total + seconds

    def seconds(self) -> float | None:
        """Time left; a kind of which none has finished is taken for the mean of the others.

        Returns
        -------
        float or None
            In seconds; None while no job has finished.
        """
        if not self.done:
            return None
        costs, times = (sum(column) for column in zip(*self.done.values(), strict=True))
        total = 0.0
        for kind, cost in self.left.items():
            own_cost, own_time = self.done.get(kind, (costs, times))
            total += cost * own_time / own_cost
        return max(total, 0.0) / self.workers
