"""What there is to ask of a network of either kind, to say what it is made of."""

from typing import Any

import numpy as np

from liaf_ref.cost import Count, Row, walk
from liaf_ref.door import check_instance
from liaf_ref.networks.babi import BabiNetwork
from liaf_ref.networks.cells import QUERY
from liaf_ref.networks.vision import VisionNetwork

Network = BabiNetwork | VisionNetwork


def check_network(value: object, source: str) -> Network:
    """Refuse anything but a network of the paper."""
    wanted = "a BabiNetwork or VisionNetwork"
    return check_instance("network", value, Network, source, wanted)  # type: ignore[arg-type]


def rows(network: Network, steps: int) -> list[Row]:
    """Count every layer both ways, for one sample of that many steps."""
    if isinstance(network, VisionNetwork):
        return walk(network.chain, steps)
    table = network.encoder.embedding
    look_up = Count(weights=table.N * table.K)  # free but for its table
    lengths = (network.layer, steps), (network.layer, QUERY), (network.head, 1)
    (story,), (query,), (head,) = (walk([layer], T) for layer, T in lengths)
    return [
        Row("story", table.source, (table.K,), None, look_up),
        story._replace(part="story"),
        Row("query", table.source, (table.K,), None, look_up),
        query._replace(part="query"),
        head._replace(part="head"),
    ]


def example(network: Network, steps: int) -> tuple[Any, ...]:
    """Make what goes into a training step with one sample, beside the parameters."""
    if isinstance(network, VisionNetwork):
        frames = np.zeros((1, steps, *network.setting.shape), np.float32)
        return frames, network.masks(np.random.default_rng(0), 1)
    return np.zeros((1, steps), np.int64), np.zeros((1, QUERY), np.int64)


def tapes(network: Network, tape: Any) -> list[tuple[str, Any]]:
    """Take a tape apart by the network's parts."""
    if isinstance(network, VisionNetwork):
        return network.chain.tapes(tape)
    return [(name, getattr(tape, name)) for name in ("story", "query", "head")]
