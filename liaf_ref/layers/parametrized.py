"""Base class of layers, the embedding and networks: parameters by name."""

from abc import ABC, abstractmethod
from dataclasses import is_dataclass
from typing import Any, ClassVar

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers.call_repr import call_repr, required_arguments
from liaf_ref.layers.validation import check_init_arguments

Params = dict[str, Array]


class Parametrized(ABC):
    """Base class with :meth:`init`, which makes the parameters that each call takes."""

    equation: ClassVar[str] = ""  # where the paper has it

    def __repr__(self) -> str:
        return call_repr(self)

    @property
    def label(self) -> str:
        """Name in error messages, with its place in the paper."""
        made = f"({', '.join(required_arguments(self))})" if is_dataclass(self) else ""
        return f"{type(self).__name__}{made}" + (f", {self.equation}" if self.equation else "")

    @property
    def _class_label(self) -> str:
        """The label while the arguments are not checked yet."""
        return f"{type(self).__name__}, {self.equation}"

    @abstractmethod
    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters.

        Returns
        -------
        dict of str to tuple of int
            By name, in the order in which they are counted.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.Dense(4, 3).param_shapes()
        {'W': (4, 3), 'b': (3,)}
        """

    def init(self, rng: np.random.Generator | int, dtype: Any = np.float64) -> Params:
        """Draw initial parameters.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            Random generator, or the seed of one.
        dtype : dtype
            float64 by default; float32 runs the fast kernels, longdouble and complex serve
            gradient checks. Anything that :class:`numpy.dtype` takes, such as ``"float32"``.

        Returns
        -------
        dict of str to ndarray
            Parameters by name, with the shapes of :meth:`param_shapes`.

        Raises
        ------
        InputError
            If ``rng`` is neither a generator nor a seed, or ``dtype`` is not one of these.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> params = lr.Dense(4, 3).init(0)
        >>> {name: array.shape for name, array in params.items()}
        {'W': (4, 3), 'b': (3,)}
        >>> lr.Dense(4, 3).init(0, "float32")["W"].dtype
        dtype('float32')
        """
        return self._init(*check_init_arguments(rng, dtype))

    @abstractmethod
    def _init(self, rng: np.random.Generator, dtype: Any) -> Params:
        """Draw initial parameters without checks."""

    def count_params(self) -> int:
        """Count the parameters: the "weights" of Tables I to IX.

        Returns
        -------
        int
            Number of entries of all parameters.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.Dense(4, 3).count_params()
        15
        """
        return sum(int(np.prod(shape)) for shape in self.param_shapes().values())
