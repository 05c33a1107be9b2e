"""The target of a gradient check: a scalar function of named arrays, and its gradient."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_callable, check_float_array, check_mapping
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

Arrays = Mapping[str, Array]


class Labels(NamedTuple):
    """What messages call the parts of a target, and how to mend what they report."""

    value: str
    gradient: str
    scalar_hint: str
    kink_hint: str


class GradcheckTarget(NamedTuple):
    """A function with spikes, its gradient, and the point of the check.

    Parameters
    ----------
    value : callable
        ``value(arrays, spike)`` returns a scalar. It must accept complex numbers (no
        ``float()``, no buffers of a fixed dtype), and compute every spike with the
        :class:`liaf_ref.Pair` in its argument: ``spike.value(U - v_th)``.
    gradient : callable
        ``gradient(arrays, spike)`` returns the gradient of the value by array name. This is the
        code under check. It uses ``spike.slope(U - v_th)`` as the derivative of a spike.
    point : mapping of str to ndarray
        The point of the check, in float64.
    incremental_value : callable, optional
        A faster value for large networks. ``incremental_value(name, arrays, spike)`` returns a
        function without arguments, which computes the value for the current contents of
        ``arrays``. Only the array ``name`` changes between calls, so everything before it is
        computed once.

    See Also
    --------
    liaf_ref.oracle.layer_target : Make a target of a layer.
    liaf_ref.gradcheck : Check a target.

    Examples
    --------
    Spikes of inputs ``x``, weighted by ``w``:

    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import GradcheckTarget
    >>> def value(arrays, spike):
    ...     return (arrays["w"] * spike.value(arrays["x"])).sum()
    >>> def gradient(arrays, spike):
    ...     w, x = arrays["w"], arrays["x"]
    ...     return {"w": spike.value(x), "x": w * spike.slope(x)}
    >>> point = {"w": np.array([1.5, -2.0]), "x": np.array([0.2, -0.7])}
    >>> lr.gradcheck(GradcheckTarget(value, gradient, point)).passed
    True
    """

    value: Callable[[Arrays, Pair], Array]
    gradient: Callable[[Arrays, Pair], Arrays]
    point: Arrays
    incremental_value: Callable[[str, Arrays, Pair], Callable[[], Array]] | None = None

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in self.point.items())
        return f"GradcheckTarget at {shapes}"

    @property
    def _labels(self) -> Labels:
        """What messages call its parts."""
        return Labels(
            "target.value",
            "target.gradient",
            "return a weighted sum of it, and its gradient",
            "use another point, or mode complex, which does not perturb inputs",
        )

    def value_closure(self, name: str, arrays: Arrays, spike: Pair) -> Callable[[], Array]:
        """Return a function that computes the value while one array changes in place.

        Parameters
        ----------
        name : str
            The array that changes.
        arrays : mapping of str to ndarray
            A copy of the point, which contains the changing array.
        spike : Pair
            The spike of the value.

        Returns
        -------
        callable
            A function without arguments: the value for the current contents of ``arrays``.

        Examples
        --------
        >>> import numpy as np
        >>> from liaf_ref import spike
        >>> from liaf_ref.oracle import GradcheckTarget
        >>> target = GradcheckTarget(
        ...     lambda a, _: a["x"].sum(), lambda a, _: {"x": np.ones(2)}, {"x": np.ones(2)}
        ... )
        >>> arrays = {"x": np.ones(2)}
        >>> value = target.value_closure("x", arrays, spike.paper(0.5))
        >>> arrays["x"][0] = 5.0
        >>> float(value())
        6.0
        """
        if self.incremental_value is None:
            return partial(self.value, arrays, spike)
        return self.incremental_value(name, arrays, spike)


def check_target(target: GradcheckTarget) -> None:
    """Refuse a target whose parts cannot be called, or whose point is not of float64."""
    for name in ("value", "gradient"):
        check_callable(f"target.{name}", getattr(target, name), "gradcheck", "a function")
    point = check_mapping("target.point", target.point, "gradcheck", "a dict of arrays")
    if not point:
        raise InputError("target.point: expected at least one array, got none")
    for name, array in point.items():
        if not isinstance(array, np.ndarray) or array.dtype != np.float64:
            actual = getattr(array, "dtype", type(array).__name__)
            raise InputError(
                f"target.point[{name}]: expected a float64 array, got {actual}; "
                "in lower precision rounding hides derivative errors"
            )
        check_float_array(f"target.point[{name}]", array, array.shape, "gradcheck")
