"""Sections VI-B and VI-C: networks on frames of event-camera recordings."""

from liaf_ref.experiments.dvs.catalog import (
    EXPERIMENT_SPECS,
    SCALES,
    experiment_spec,
    scale_settings,
)
from liaf_ref.experiments.dvs.config import DVSConfig
from liaf_ref.experiments.dvs.experiment import DVSExperiment
from liaf_ref.experiments.dvs.frame_data import FrameData, load_frames

__all__ = [
    "EXPERIMENT_SPECS",
    "SCALES",
    "DVSConfig",
    "DVSExperiment",
    "FrameData",
    "experiment_spec",
    "load_frames",
    "scale_settings",
]
