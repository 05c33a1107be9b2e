"""A layer of a chain, with its parameters and initial potential."""

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
        Membrane potential before the first step, of the neurons' shape; 0 by default. None for
        a layer without neurons.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.interop import Stage
    >>> layer = lr.DenseLIF(4, 3)
    >>> Stage(layer, layer.init(0)).layer
    DenseLIF(4, 3)
    """

    layer: Layer
    params: Mapping[str, Array]
    V0: Array | None = None

    def state(self, batch: int) -> State | None:
        """State before the first step, as ``layer.forward`` takes it.

        Parameters
        ----------
        batch : int
            Number of samples.

        Returns
        -------
        tuple of ndarray, or None
            ``V0`` for each sample; None, which stands for zeros, without ``V0``.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> from liaf_ref.interop import Stage
        >>> layer = lr.DenseLIF(4, 3)
        >>> Stage(layer, layer.init(0), np.array([0.1, 0.2, 0.3])).state(2)
        (array([[0.1, 0.2, 0.3],
               [0.1, 0.2, 0.3]]),)
        """
        if self.V0 is None:
            return None
        return (np.tile(self.V0, (batch,) + (1,) * self.V0.ndim),)
