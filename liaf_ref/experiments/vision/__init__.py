"""Sections VI-B and VI-C: networks of frames on recordings of event cameras."""

from liaf_ref.experiments.vision.catalogue import EXPERIMENTS, Experiment, experiment, sizes
from liaf_ref.experiments.vision.config import Config
from liaf_ref.experiments.vision.job import check, run
from liaf_ref.experiments.vision.sizes import SCALES, Sizes
from liaf_ref.experiments.vision.source import Data, load

__all__ = [
    "EXPERIMENTS",
    "SCALES",
    "Config",
    "Data",
    "Experiment",
    "Sizes",
    "check",
    "experiment",
    "load",
    "run",
    "sizes",
]
