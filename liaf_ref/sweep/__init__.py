"""Sweeps: many runs of an experiment, shared by processes, that go on where they stopped."""

from liaf_ref.sweep.cluster import connect, run_on_dask
from liaf_ref.sweep.folder import check_spec_extends, lock_sweep_dir, collect_results
from liaf_ref.sweep.plan import PlannedJob, job_dir, longest_first, plan_jobs
from liaf_ref.sweep.pool import run_local
from liaf_ref.sweep.process import EXTRA
from liaf_ref.sweep.remaining import EtaEstimator
from liaf_ref.sweep.spec import SweepSpec, job_name, read_spec
from liaf_ref.sweep.worker import Job, JobResult, run_job

__all__ = [
    "EXTRA",
    "Job",
    "JobResult",
    "PlannedJob",
    "EtaEstimator",
    "SweepSpec",
    "check_spec_extends",
    "lock_sweep_dir",
    "connect",
    "job_dir",
    "run_local",
    "collect_results",
    "longest_first",
    "job_name",
    "run_on_dask",
    "plan_jobs",
    "read_spec",
    "run_job",
]
