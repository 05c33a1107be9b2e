"""Sections VI-B and VI-C: networks of frames on recordings of event cameras."""

from liaf_ref.experiments.vision.config import Config
from liaf_ref.experiments.vision.job import check, run
from liaf_ref.experiments.vision.sizes import CELLS, EXPERIMENTS, SCALES, Sizes, sizes
from liaf_ref.experiments.vision.source import Data, load

__all__ = [
    "CELLS",
    "EXPERIMENTS",
    "SCALES",
    "Config",
    "Data",
    "Sizes",
    "check",
    "load",
    "run",
    "sizes",
]
