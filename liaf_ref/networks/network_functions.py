"""A network's passes without the checks of what comes in, for a loop that made it all."""

from collections.abc import Callable
from typing import Any, NamedTuple

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params


class NetworkFunctions(NamedTuple):
    """Forward and backward pass of a network without checks."""

    forward: Callable[..., tuple[Array, Any]]
    backward: Callable[[Array, Any], Params]
