"""A simulator of DVS cameras, and data sets made with it; no file is needed."""

from liaf_ref.data.simulator.camera import Scene, record
from liaf_ref.data.simulator.orders import Orders, simulate_order
from liaf_ref.data.simulator.sensor import Sensor, draw_thresholds
from liaf_ref.data.simulator.sets import (
    Simulated,
    SimulatedSet,
    Simulations,
    simulate_cifar10_dvs,
    simulate_gesture,
    simulate_mnist_dvs,
)
from liaf_ref.data.simulator.sources import Digits, Gestures, Scenes
from liaf_ref.data.simulator.statistics import Statistics, isolated, measure

__all__ = [
    "Digits",
    "Gestures",
    "Orders",
    "Scene",
    "Scenes",
    "Sensor",
    "Simulated",
    "SimulatedSet",
    "Simulations",
    "Statistics",
    "draw_thresholds",
    "isolated",
    "measure",
    "record",
    "simulate_cifar10_dvs",
    "simulate_gesture",
    "simulate_mnist_dvs",
    "simulate_order",
]
