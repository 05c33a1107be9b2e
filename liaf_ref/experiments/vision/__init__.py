"""Sections VI-B and VI-C: networks of frames on recordings of event cameras."""

from liaf_ref.experiments.vision.catalogue import EXPERIMENT_SPECS, ExperimentSpec, experiment_spec, scale_settings
from liaf_ref.experiments.vision.config import DVSConfig
from liaf_ref.experiments.vision.job import check_run, run
from liaf_ref.experiments.vision.sizes import SCALES, ScaleSettings
from liaf_ref.experiments.vision.source import FrameData, load_frames

__all__ = [
    "EXPERIMENT_SPECS",
    "SCALES",
    "DVSConfig",
    "FrameData",
    "ExperimentSpec",
    "ScaleSettings",
    "check_run",
    "experiment_spec",
    "load_frames",
    "run",
    "scale_settings",
]
