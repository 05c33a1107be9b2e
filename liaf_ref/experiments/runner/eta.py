"""Estimate the remaining time of a sweep from the durations of finished jobs."""

from collections.abc import Iterable

from liaf_ref.experiments.data_source import JobEstimate


class EtaEstimator:
    """Tracks cost and time per kind of job; a call is linear in the number of kinds."""

    def __init__(self, estimates: Iterable[JobEstimate], workers: int) -> None:
        self.workers = workers
        self.remaining_cost: dict[str, float] = {}
        self.observed: dict[str, tuple[float, float]] = {}
        for survey in estimates:
            self.remaining_cost[survey.kind] = (
                self.remaining_cost.get(survey.kind, 0.0) + survey.cost
            )

    def remove_job(self, estimate: JobEstimate) -> None:
        """Remove a job from the remaining cost."""
        self.remaining_cost[estimate.kind] -= estimate.cost

    def add_duration(self, estimate: JobEstimate, seconds: float) -> None:
        """Record the duration of a finished job."""
        cost, total = self.observed.get(estimate.kind, (0.0, 0.0))
        self.observed[estimate.kind] = cost + estimate.cost, total + seconds

    def seconds_left(self) -> float | None:
        """Remaining time; a kind without a finished job is estimated by the mean of all kinds."""
        if not self.observed:
            return None
        costs, times = (sum(column) for column in zip(*self.observed.values(), strict=True))
        total = 0.0
        for kind, cost in self.remaining_cost.items():
            own_cost, own_time = self.observed.get(kind, (costs, times))
            total += cost * own_time / own_cost
        return max(total, 0.0) / self.workers
