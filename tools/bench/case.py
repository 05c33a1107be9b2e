"""What a case is."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench import torch_baselines
from bench.hardware_bound import MinimumWork


class BuiltCase(NamedTuple):
    """A case ready to run: our step, and functions that build the baselines'."""

    ours: Callable[[], object]
    baselines: Sequence[Callable[[], torch_baselines.Baselines]]
    work: MinimumWork


class Case(NamedTuple):
    """A case by name: one line about it, and how to build it from a seed."""

    description: str
    build: Callable[[int], BuiltCase]
