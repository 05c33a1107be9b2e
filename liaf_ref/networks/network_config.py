"""Tables V and VIII: which layers the vision networks are made of."""

from typing import NamedTuple

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_instance, check_items, check_positive_int
from liaf_ref.kernels.grid import Size
from liaf_ref.layers.shape_validation import check_image_shape, check_sizes


class ConvBlock(NamedTuple):
    """A row of Table V or VIII.

    Parameters
    ----------
    filters : int
        Output channels of the convolution.
    pool : tuple of int or None
        Window of the pooling after it; None for no pooling.

    Examples
    --------
    >>> from liaf_ref.networks import CIFAR10_DVS, ConvBlock
    >>> CIFAR10_DVS.blocks[0] == ConvBlock(filters=32, pool=(2, 2))
    True
    """

    filters: int
    pool: Size | None


class NetworkConfig(NamedTuple):
    """Sizes of a network on event frames.

    Parameters
    ----------
    name : str
        Name of the data set.
    shape : tuple of int
        ``(H, W, 2)``, one frame of events.
    steps : int
        Frames of a sample.
    blocks : tuple of ConvBlock
        Blocks of convolution.
    dense_units : tuple of int
        Units of the dense blocks.
    num_classes : int
        Number of classes.

    Examples
    --------
    >>> from liaf_ref.networks import ConvBlock, NetworkConfig
    >>> NetworkConfig("tiny", (8, 8, 2), 4, (ConvBlock(3, (2, 2)),), (5,), 10).num_classes
    10
    """

    name: str
    shape: Size
    steps: int
    blocks: tuple[ConvBlock, ...]
    dense_units: tuple[int, ...]
    num_classes: int


POOL_2X2, POOL_4X4 = (2, 2), (4, 4)
MNIST_DVS = NetworkConfig(
    "mnist-dvs",
    (40, 40, 2),
    20,
    (ConvBlock(32, POOL_2X2), ConvBlock(64, POOL_2X2), ConvBlock(128, POOL_2X2)),
    (512, 128),
    10,
)
CIFAR10_DVS = NetworkConfig(
    "cifar10-dvs",
    (128, 128, 2),
    10,
    (
        ConvBlock(32, POOL_2X2),
        ConvBlock(64, POOL_2X2),
        ConvBlock(128, POOL_2X2),
        ConvBlock(256, POOL_2X2),
        ConvBlock(512, POOL_4X4),
    ),
    (512,),
    10,
)
GESTURE = NetworkConfig(
    "gesture",
    (32, 32, 2),
    60,
    (ConvBlock(64, None), ConvBlock(128, POOL_2X2), ConvBlock(128, POOL_2X2)),
    (256,),  # the table's second, 11, is the classes
    11,
)


def check_network_config(network_config: object, where: str, min_blocks: int = 1) -> NetworkConfig:
    """Check a NetworkConfig with convolution blocks; the layers check their sizes."""
    found = check_instance(
        "network_config", network_config, NetworkConfig, where, "a NetworkConfig"
    )
    check_instance("name", found.name, str, where, "a string")
    check_image_shape("shape", found.shape, where)
    check_positive_int("steps", found.steps, where)
    for block in check_items("blocks", found.blocks, ConvBlock, where, "ConvBlocks"):
        if block.pool is not None:
            check_sizes("pool", block.pool, 2, where)
    if len(found.blocks) < min_blocks:
        raise InputError.for_argument("blocks", where, "expected at least one, got none")
    for units in check_items("dense_units", found.dense_units, object, where, "integers"):
        check_positive_int("dense_units", units, where)
    check_positive_int("num_classes", found.num_classes, where)
    return found
