"""Sweeps: many runs of an experiment, shared by processes, that go on where they stopped."""

from liaf_ref.sweep.cluster import connect, on_dask
from liaf_ref.sweep.folder import check_grows, claimed, kept
from liaf_ref.sweep.plan import Planned, folder_of, longest_first, plan
from liaf_ref.sweep.pool import here
from liaf_ref.sweep.process import EXTRA
from liaf_ref.sweep.remaining import Remaining
from liaf_ref.sweep.spec import Spec, name_of, read
from liaf_ref.sweep.worker import Job, Outcome, work

__all__ = [
    "EXTRA",
    "Job",
    "Outcome",
    "Planned",
    "Remaining",
    "Spec",
    "check_grows",
    "claimed",
    "connect",
    "folder_of",
    "here",
    "kept",
    "longest_first",
    "name_of",
    "on_dask",
    "plan",
    "read",
    "work",
]
