"""The embedding of Fig. 5 as a layer: its input is token numbers, not activations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.validation import (
    check_choice,
    check_float_array,
    check_index_array,
    check_params,
    check_positive_int,
    validate_fields,
)
from liaf_ref.kernels import embedding
from liaf_ref.kernels.array import Array
from liaf_ref.layers.initializers import EMBEDDING_INITIALIZERS
from liaf_ref.layers.parametrized import Parametrized, Params
from liaf_ref.layers.validation import check_tape


class Tape(NamedTuple):
    """What the backward pass reads, and the layer whose ``forward`` returned it."""

    kernel_tape: embedding.Tape
    owner: "Embedding"


@dataclass(frozen=True, repr=False)
class Embedding(Parametrized):
    """Embedding: the row of ``E`` of every token.

    Parameters
    ----------
    N : int
        Size of the vocabulary, including the padding token 0.
    K : int
        Width of a row.
    initializer : str
        Initial rows: ``"uniform"`` within 0.05, as in Keras, or ``"normal"``, N(0, 1), as in
        PyTorch.

    Raises
    ------
    InputError
        If a size is below 1, or there is no such initializer.

    Notes
    -----
    Token numbers have no gradient: :meth:`forward` returns the rows and a tape, :meth:`backward`
    only the gradient in ``E``.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> layer = lr.Embedding(10, 3)
    >>> params = layer.init(0)
    >>> X, tape = layer.forward(params, np.array([[1, 2, 2]]))
    >>> layer.backward(np.ones_like(X), tape)["E"][2].tolist()
    [2.0, 2.0, 2.0]
    """

    equation = "Fig. 5"
    N: int
    K: int
    initializer: str = "uniform"

    def __post_init__(self) -> None:
        where = "the embedding of Fig. 5"
        validate_fields(self, ("N", "K"), check_positive_int, where)
        check_choice("initializer", self.initializer, EMBEDDING_INITIALIZERS, where)

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of the parameter ``E``.

        Returns
        -------
        dict of str to tuple of int
            ``{"E": (N, K)}``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.Embedding(10, 3).param_shapes()
        {'E': (10, 3)}
        """
        return {"E": (self.N, self.K)}

    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw ``E``."""
        draw = EMBEDDING_INITIALIZERS[self.initializer]
        return {"E": draw(rng, (self.N, self.K), dtype)}

    def forward(self, params: Mapping[str, Array], ids: Array) -> tuple[Array, Tape]:
        """Look up the rows of the tokens.

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
        tape : Tape
            For :meth:`backward`.

        Raises
        ------
        InputError
            On a missing or unknown parameter, a wrong shape or dtype, or a number
            outside the vocabulary.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.Embedding(10, 3)
        >>> X, tape = layer.forward(layer.init(0), np.array([[1, 2, 2]]))
        >>> X.shape
        (1, 3, 3)
        """
        E = check_params(params, self.param_shapes(), self.label)["E"]
        ids = check_index_array("ids", ids, ("B", "T"), self.N, self.label)
        X, tape = embedding.forward(ids, E)
        return X, Tape(tape, self)

    __call__ = forward

    def backward(self, dX: Array, tape: Tape) -> Params:
        """Differentiate :meth:`forward`; token numbers have no gradient.

        Parameters
        ----------
        dX : ndarray, shape (B, T, K)
            Gradient in the rows.
        tape : Tape
            From :meth:`forward`.

        Returns
        -------
        dict of str to ndarray
            The gradient in ``E``.

        Raises
        ------
        InputError
            On a wrong shape or dtype, a non-finite entry, or another tape.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> layer = lr.Embedding(10, 3)
        >>> X, tape = layer.forward(layer.init(0), np.array([[1, 2, 2]]))
        >>> layer.backward(np.ones_like(X), tape)["E"].sum(axis=1)
        array([0., 3., 6., 0., 0., 0., 0., 0., 0., 0.])
        """
        ids, E = check_tape(tape, Tape, self).kernel_tape
        source = f"{self.label} (backward)"
        dX = check_float_array("dX", dX, (*ids.shape, self.K), source, E.dtype)
        return {"E": embedding.backward(dX, embedding.Tape(ids, E))}
