"""The vision networks in sizes that take milliseconds."""

from collections.abc import Callable

from liaf_ref.layers import Chain
from liaf_ref.networks import Block, Setting, VisionNetwork, fig6, table_viii

HALF = (2, 2)
FIG6 = Setting("small", (8, 8, 2), 3, (Block(3, HALF), Block(4, HALF)), (6,), 3)
VIII = Setting("tiny", (4, 4, 2), 3, (Block(3, None), Block(4, HALF)), (5,), 3)
FIG6_CELLS = ("liaf", "lif", "conv2d", "conv3d", "convlstm")
VIII_CELLS = ("liaf", "lif", "convlstm")
NAMES = [f"small-{cell}" for cell in FIG6_CELLS] + [f"tiny-{cell}" for cell in VIII_CELLS]


def network(name: str, chain: Callable[..., Chain] = Chain) -> VisionNetwork:
    """One of the eight forms by name."""
    setting, _, cell = name.partition("-")
    if setting == "small":
        return fig6(FIG6, cell, chain=chain)
    return table_viii(cell, setting=VIII, chain=chain)
