"""The embedding of Fig. 5 as a layer: its input is token numbers, not activations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref.door import check_float, check_generator, check_index, check_positive
from liaf_ref.kernels import embedding
from liaf_ref.kernels.array import Array
from liaf_ref.layers.layer import Params


@dataclass(frozen=True)
class Embedding:
    """A row of ``E`` per token.

    Parameters
    ----------
    N, K : int
        Tokens of the vocabulary, the padding included, and the width of a row.
    """

    N: int
    K: int

    def __post_init__(self) -> None:
        check_positive("N", self.N, "the embedding of Fig. 5")
        check_positive("K", self.K, "the embedding of Fig. 5")

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of ``E``."""
        return {"E": (self.N, self.K)}

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Params:
        """Draw ``E`` uniformly within 0.05, as Keras does."""
        check_generator("rng", rng, "the initial weights")
        return {"E": rng.uniform(-0.05, 0.05, (self.N, self.K)).astype(dtype)}

    def count(self) -> int:
        """Count the parameters."""
        return self.N * self.K

    def forward(self, params: Mapping[str, Array], ids: Array) -> tuple[Array, embedding.Tape]:
        """Look the tokens up.

        Parameters
        ----------
        params : mapping of str to ndarray
            ``E``, shape (N, K).
        ids : ndarray of int, shape (B, T)
            Token numbers below N.

        Returns
        -------
        X : ndarray, shape (B, T, K)
            The tokens' rows.
        tape
            For :meth:`backward`.

        Raises
        ------
        InputError
            On a wrong shape or dtype, or a number outside the vocabulary.
        """
        E = check_float("E", params.get("E"), (self.N, self.K), "Embedding")
        return embedding.forward(check_index("ids", ids, ("B", "T"), self.N, "Embedding"), E)

    def backward(self, dX: Array, tape: embedding.Tape) -> Params:
        """Differentiate :meth:`forward`; token numbers have no gradient.

        Parameters
        ----------
        dX : ndarray, shape (B, T, K)
            Gradient in the rows.
        tape
            From :meth:`forward`.

        Returns
        -------
        dict of str to ndarray
            The gradient in ``E``.

        Raises
        ------
        InputError
            On a wrong shape or a non-finite entry.
        """
        check_float("dX", dX, (*tape.ids.shape, self.K), "Embedding (backward)")
        return {"E": embedding.backward(dX, tape)}
