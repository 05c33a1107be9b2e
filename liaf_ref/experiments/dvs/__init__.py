"""Sections VI-B and VI-C: networks on frames of event-camera recordings."""

from liaf_ref.experiments.dvs.catalog import EXPERIMENT_SPECS as EXPERIMENT_SPECS
from liaf_ref.experiments.dvs.catalog import SCALES as SCALES
from liaf_ref.experiments.dvs.catalog import experiment_spec as experiment_spec
from liaf_ref.experiments.dvs.catalog import scale_settings as scale_settings
from liaf_ref.experiments.dvs.config import DVSConfig as DVSConfig
from liaf_ref.experiments.dvs.experiment import DVSExperiment as DVSExperiment
from liaf_ref.experiments.dvs.frame_data import FrameData as FrameData
from liaf_ref.experiments.dvs.frame_data import load_frames as load_frames
