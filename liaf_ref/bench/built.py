"""What a case is."""

from collections.abc import Callable
from typing import NamedTuple

from liaf_ref.bench import torch_peers
from liaf_ref.bench.limit import Work


class Built(NamedTuple):
    """A case ready to run: our step, and a function that builds the opponents'."""

    ours: Callable[[], object]
    peers: Callable[[], torch_peers.Peers]
    work: Work


class Case(NamedTuple):
    """A case by name: one line about it, and how to build it from a seed."""

    description: str
    build: Callable[[int], Built]
