"""A ``--plugin`` of the tools on sweeps: registers their experiments, in every worker."""

from sweep_crash_test import MarkedExperiment
from sweep_overhead import NoOpExperiment

import liaf_ref as lr

lr.register_experiment(NoOpExperiment())
lr.register_experiment(MarkedExperiment())
