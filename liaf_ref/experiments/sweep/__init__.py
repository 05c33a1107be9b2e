"""Sweeps: many runs of an experiment, shared by processes, that go on where they stopped."""

from liaf_ref.experiments.sweep.dask_cluster import connect, run_on_dask
from liaf_ref.experiments.sweep.eta import EtaEstimator
from liaf_ref.experiments.sweep.local_pool import run_local
from liaf_ref.experiments.sweep.plan import PlannedJob, job_dir, longest_first, plan_jobs
from liaf_ref.experiments.sweep.spec import SweepSpec, job_name, read_spec
from liaf_ref.experiments.sweep.sweep_dir import check_spec_extends, collect_results, lock_sweep_dir
from liaf_ref.experiments.sweep.worker import Job, JobResult, run_job
from liaf_ref.experiments.sweep.worker_process import EXTRA

__all__ = [
    "EXTRA",
    "EtaEstimator",
    "Job",
    "JobResult",
    "PlannedJob",
    "SweepSpec",
    "check_spec_extends",
    "collect_results",
    "connect",
    "job_dir",
    "job_name",
    "lock_sweep_dir",
    "longest_first",
    "plan_jobs",
    "read_spec",
    "run_job",
    "run_local",
    "run_on_dask",
]
