"""The runner: executes runs in this process, in several, or on a cluster."""

from liaf_ref.experiments.runner.execute import (
    EXTRA,
    Executor,
    connect,
    local_cluster,
    open_executor,
    run_on_dask,
)
from liaf_ref.experiments.runner.job import Job, JobResult, run_job
from liaf_ref.experiments.runner.manifest import (
    JOBS_DIR,
    MANIFEST_FILE,
    RUN,
    STUDY,
    SWEEP,
    THIS_FOLDER,
    Manifest,
    find_manifest,
    read_manifest,
    write_manifest,
)
from liaf_ref.experiments.runner.plan import PlannedJob, plan_jobs, sweep_order
from liaf_ref.experiments.runner.run_manifest import (
    SUMMARY_FILES,
    Progress,
    check_first_data,
    merge_manifest,
    open_folder,
    run_jobs,
)
from liaf_ref.experiments.runner.spec import SweepSpec, job_name, read_spec
from liaf_ref.experiments.runner.total_estimate import estimate_total

__all__ = [
    "EXTRA",
    "JOBS_DIR",
    "MANIFEST_FILE",
    "RUN",
    "STUDY",
    "SUMMARY_FILES",
    "SWEEP",
    "THIS_FOLDER",
    "Executor",
    "Job",
    "JobResult",
    "Manifest",
    "PlannedJob",
    "Progress",
    "SweepSpec",
    "check_first_data",
    "connect",
    "estimate_total",
    "find_manifest",
    "job_name",
    "local_cluster",
    "merge_manifest",
    "open_executor",
    "open_folder",
    "plan_jobs",
    "read_manifest",
    "read_spec",
    "run_job",
    "run_jobs",
    "run_on_dask",
    "sweep_order",
    "write_manifest",
]
