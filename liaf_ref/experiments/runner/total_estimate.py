"""Estimate what the runs of a manifest need together."""

from collections.abc import Iterable

from liaf_ref.experiments.run_estimate import PROCESS_SECONDS, RunEstimate
from liaf_ref.experiments.runner.manifest import Manifest
from liaf_ref.experiments.runner.plan import FINISHED, PlannedJob


def estimate_total(
    manifest: Manifest, jobs: Iterable[PlannedJob], workers: int
) -> RunEstimate | None:
    """Estimate the unfinished jobs; None if there are none, or their experiment has no estimate."""
    # One job of each kind is measured; the others take time in proportion to their cost.
    experiment, source = manifest.experiment, manifest.source
    pending = [job for job in jobs if job.state != FINISHED]
    largest: dict[str, PlannedJob] = {}
    for job in pending:
        other = largest.setdefault(job.estimate.kind, job)
        if job.estimate.cost > other.estimate.cost:
            largest[job.estimate.kind] = job
    measured = {}
    for kind, job in largest.items():
        estimate = experiment.estimate_run(job.config, source)
        if estimate is None:
            return None
        measured[kind] = estimate, job.estimate.cost
    if not measured:
        return None
    at_once = min(workers, len(pending))
    seconds = at_once * PROCESS_SECONDS
    disk: dict[object, int] = {}  # of each data set
    for job in pending:
        estimate, cost = measured[job.estimate.kind]
        seconds += estimate.seconds * (job.estimate.cost / cost if cost else 1)
        # Simulated recordings of each seed are others; those in a folder are kept once.
        key = None if source.folder else experiment.data_key(job.config, source)
        disk[key] = max(disk.get(key, 0), estimate.disk_bytes)
    memory = at_once * max(estimate.memory_bytes for estimate, _ in measured.values())
    kept = sum(disk.values()) if source.cache else at_once * max(disk.values())
    return RunEstimate(seconds, memory, kept)
