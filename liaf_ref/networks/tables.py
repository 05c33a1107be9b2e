"""Tables V and VIII: which layers the vision networks are made of."""

from typing import NamedTuple

from liaf_ref.door import check_instance, check_items, check_positive
from liaf_ref.errors import InputError
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.sizes import check_sizes


class Block(NamedTuple):
    """A row of a table: output filters, and the window of the pooling behind; None without."""

    filters: int
    pool: Size | None


class Setting(NamedTuple):
    """A network's sizes.

    Parameters
    ----------
    name : str
        The data set.
    shape : tuple of int
        ``(H, W, 2)``, one frame of events.
    steps : int
        Frames of a sample, T.
    blocks : tuple of Block
        N blocks of convolution.
    dense : tuple of int
        Units of the M dense blocks.
    classes : int
        What there is to tell apart.
    """

    name: str
    shape: Size
    steps: int
    blocks: tuple[Block, ...]
    dense: tuple[int, ...]
    classes: int


HALF, QUARTER = (2, 2), (4, 4)
MNIST_DVS = Setting(
    "mnist-dvs",
    (40, 40, 2),
    20,
    (Block(32, HALF), Block(64, HALF), Block(128, HALF)),
    (512, 128),
    10,
)
CIFAR10_DVS = Setting(
    "cifar10-dvs",
    (128, 128, 2),
    10,
    (Block(32, HALF), Block(64, HALF), Block(128, HALF), Block(256, HALF), Block(512, QUARTER)),
    (512,),
    10,
)
GESTURE = Setting(
    "gesture",
    (32, 32, 2),
    60,
    (Block(64, None), Block(128, HALF), Block(128, HALF)),
    (256,),  # the table's second, 11, is the classes
    11,
)


def check_setting(setting: object, source: str, least: int = 1) -> Setting:
    """Refuse anything but a Setting with blocks of convolution; the layers see to their sizes."""
    found = check_instance("setting", setting, Setting, source, "a Setting")
    check_instance("name", found.name, str, source, "a text")
    check_sizes("shape", found.shape, 3, source)
    check_positive("steps", found.steps, source)
    for block in check_items("blocks", found.blocks, Block, source, "Blocks"):
        if block.pool is not None:
            check_sizes("pool", block.pool, 2, source)
    if len(found.blocks) < least:
        raise InputError.of("blocks", source, "expected at least one, got none")
    for units in check_items("dense", found.dense, object, source, "whole numbers"):
        check_positive("dense", units, source)
    check_positive("classes", found.classes, source)
    return found
