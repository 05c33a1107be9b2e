"""A simulator of DVS cameras, and data sets made with it; no file is needed."""

from liaf_ref.data.simulator.camera import Scene, record_scene
from liaf_ref.data.simulator.orders import MovementOrderSource, simulate_movement_order
from liaf_ref.data.simulator.sensor import Sensor, draw_thresholds
from liaf_ref.data.simulator.sets import (
    SimulatedRecording,
    SimulatedSplits,
    SimulatedDataset,
    simulate_cifar10_dvs,
    simulate_gesture,
    simulate_mnist_dvs,
)
from liaf_ref.data.simulator.sources import DigitSource, GestureSource, SceneSource
from liaf_ref.data.simulator.statistics import EventStatistics, isolated_events, measure_events

__all__ = [
    "DigitSource",
    "GestureSource",
    "MovementOrderSource",
    "Scene",
    "SceneSource",
    "Sensor",
    "SimulatedRecording",
    "SimulatedSplits",
    "SimulatedDataset",
    "EventStatistics",
    "draw_thresholds",
    "isolated_events",
    "measure_events",
    "record_scene",
    "simulate_cifar10_dvs",
    "simulate_gesture",
    "simulate_mnist_dvs",
    "simulate_movement_order",
]
