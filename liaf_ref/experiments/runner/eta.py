"""How long a sweep will go on, by what jobs of each kind have taken so far."""

from collections.abc import Iterable

from liaf_ref.experiments.data_source import JobEstimate


class EtaEstimator:
    """Keeps account of costs and times; every call takes as long as there are kinds."""

    def __init__(self, estimates: Iterable[JobEstimate], workers: int) -> None:
        self.workers = workers
        self.remaining_cost: dict[str, float] = {}
        self.observed: dict[str, tuple[float, float]] = {}
        for survey in estimates:
            self.remaining_cost[survey.kind] = (
                self.remaining_cost.get(survey.kind, 0.0) + survey.cost
            )

    def remove_job(self, estimate: JobEstimate) -> None:
        """Take a job off what is left."""
        self.remaining_cost[estimate.kind] -= estimate.cost

    def add_duration(self, estimate: JobEstimate, seconds: float) -> None:
        """Learn from a finished job."""
        cost, total = self.observed.get(estimate.kind, (0.0, 0.0))
        self.observed[estimate.kind] = cost + estimate.cost, total + seconds

    def seconds_left(self) -> float | None:
        """Time left; a kind of which none has finished is taken for the mean of the others."""
        if not self.observed:
            return None
        costs, times = (sum(column) for column in zip(*self.observed.values(), strict=True))
        total = 0.0
        for kind, cost in self.remaining_cost.items():
            own_cost, own_time = self.observed.get(kind, (costs, times))
            total += cost * own_time / own_cost
        return max(total, 0.0) / self.workers
