"""A chain of layers with the parameters and the first potentials that belong to them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Layer, State


class Stage(NamedTuple):
    """One layer of a chain.

    Parameters
    ----------
    layer : Layer
        Dense, DirectLIAF or DirectLIF, DenseLIAF or DenseLIF.
    params : mapping of str to ndarray
        The layer's parameters.
    V0 : ndarray, optional
        Membrane potential before the first step, of the neurons' shape; 0 if left out,
        and nothing for a layer without neurons.
    """

    layer: Layer
    params: Mapping[str, Array]
    V0: Array | None = None

    def state(self, batch: int) -> State | None:
        """State before the first step for a batch: what ``layer.forward`` takes."""
        if self.V0 is None:
            return None
        return (np.tile(self.V0, (batch,) + (1,) * self.V0.ndim),)
