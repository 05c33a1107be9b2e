"""Eqs. (3)-(6) as one forward Euler step of NIR's neurons, and back.

NIR writes ``tau dv/dt = (v_leak - v) + r I``, and resets ``v`` to ``v_reset`` when it
exceeds ``v_threshold``.  A step ``dt`` of forward Euler is::

    v + dt/tau (v_leak - v + r I) = (1 - dt/tau) v + dt/tau v_leak + r dt/tau I

With v = R this is (6) followed by (3), so NIR's potential is the one after reset and
before leak, and::

    tau = dt / (1 - alpha)    v_leak = beta / (1 - alpha)    r = tau / dt
    v0 = (V0 - beta) / alpha

Without a leak (alpha = 1, beta = 0) it is NIR's integrator, with r = 1 / dt and v0 = V0.

Each function is arithmetic alone and runs in any number type NumPy holds.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_float_array
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


NodeFields = dict[str, Array]


class DiscreteNeurons(NamedTuple):
    """Neurons of Eqs. (4)-(6), one value per neuron, and the potential before the first step."""

    v_th: Array
    v_reset: Array
    alpha: Array
    beta: Array
    V0: Array


class ConversionOptions(NamedTuple):
    """Options of the conversion."""

    dt: float
    # Shift the threshold by one float, because (4) fires at equality, and NIR does not.
    exact_threshold: bool
    fold_gain: bool  # multiply the weights by the gain of the input, and set r = 1


def to_nir_fields(p: DiscreteNeurons, options: ConversionOptions) -> NodeFields:
    """The fields of a NIR node for these neurons."""
    one = np.ones_like(p.alpha)
    threshold = p.v_th
    if options.exact_threshold:
        threshold = np.nextafter(p.v_th, -np.inf, dtype=p.v_th.dtype)
    fire = {"v_threshold": threshold, "v_reset": p.v_reset}
    if not has_leak(p):
        return {"r": one if options.fold_gain else one / options.dt} | fire
    tau, r = time_constant_and_factor(p.alpha, options)
    return {"tau": tau, "r": r, "v_leak": p.beta / (1 - p.alpha)} | fire


def from_nir_fields(fields: NodeFields, v0: Array, options: ConversionOptions) -> DiscreteNeurons:
    """The neurons of a NIR node; the inverse of :func:`to_nir_fields`."""
    th = fields["v_threshold"]
    v_th = np.nextafter(th, np.inf, dtype=th.dtype) if options.exact_threshold else th
    if "tau" not in fields:
        one = np.ones_like(v0)
        return DiscreteNeurons(v_th, fields["v_reset"], one, 0 * one, v0)
    alpha = 1 - options.dt / fields["tau"]
    beta = fields["v_leak"] * options.dt / fields["tau"]
    return DiscreteNeurons(v_th, fields["v_reset"], alpha, beta, alpha * v0 + beta)


def input_gain(fields: NodeFields, options: ConversionOptions) -> Array:
    """The factor of the input in NIR's step; in Eq. (3) it is 1."""
    product: Array = fields["r"] * options.dt
    product = product / fields["tau"] if "tau" in fields else product
    if "tau_syn" in fields:
        product = product * (fields["w_in"] * options.dt / fields["tau_syn"])
    return product


def to_nir_current(decay: Array, options: ConversionOptions, where: str) -> NodeFields:
    """The fields of a CubaLIF for its current: ``tau_syn dI/dt = -I + w_in x``."""
    wrong = (decay < 0) | (decay >= 1)
    raise_if_any("decay", decay, wrong, "0 <= decay < 1 (tau_syn = dt / (1 - decay))", where)
    return dict(zip(CURRENT_FIELDS, time_constant_and_factor(decay, options), strict=True))


def time_constant_and_factor(decay: Array, options: ConversionOptions) -> tuple[Array, Array]:
    """A state's tau, and r or w_in for a gain of 1; 1 where the weights have the gain."""
    one = np.ones_like(decay)
    factor: Array = one if options.fold_gain else one / (1 - decay)
    return options.dt * one / (1 - decay), factor


def nir_initial_potential(p: DiscreteNeurons) -> Array:
    """NIR's potential before the first step; arbitrary where alpha is 0, then 0."""
    if not has_leak(p):
        return p.V0
    free = p.alpha == 0
    v0: Array = np.where(free, 0, (p.V0 - p.beta) / np.where(free, 1, p.alpha))
    return v0.astype(p.V0.dtype)


def has_leak(p: DiscreteNeurons) -> bool:
    """Whether the neurons are leaky (LIF), not integrators (IF)."""
    return not bool((p.alpha == 1).all())


def check_range(p: DiscreteNeurons, where: str) -> None:
    """Refuse neurons that NIR cannot represent."""
    if bool((p.alpha == 1).all()):
        raise_if_any(
            "beta", p.beta, p.beta != 0, "0 where alpha is 1 (NIR's IF adds no constant)", where
        )
        return
    wrong = (p.alpha < 0) | (p.alpha >= 1)
    expected = "0 <= alpha < 1 (tau = dt / (1 - alpha), not below dt), or 1 for all neurons"
    raise_if_any("alpha", p.alpha, wrong, expected, where)
    lost = (p.alpha == 0) & (p.beta != p.V0)
    expected = "V0 = beta where alpha is 0 (NIR's first potential has no effect there)"
    raise_if_any("V0", p.V0, lost, expected, where)


def raise_if_any(
    name: str, value: Array, invalid: Array, expected: str, where: str, hint: str = ""
) -> None:
    """Refuse an array with invalid entries; the error names the first."""
    if invalid.any():
        index = tuple(int(i) for i in np.argwhere(invalid)[0])
        reason = f"expected {expected}, got {value[index]} at index {index}{hint}"
        raise InputError.for_argument(name, where, reason)


METADATA_KEY = "liaf_ref"
V0_KEY = "v0"  # NIR's potential before the first step
DECAY_KEY = "decay"  # of the current of a CubaLIF
CURRENT_FIELDS = ("tau_syn", "w_in")
STORED_KEYS = (*DiscreteNeurons._fields, V0_KEY)
VERSION = 1
STEP_DESCRIPTION = "forward Euler, threshold, reset"


def neuron_metadata(p: DiscreteNeurons, options: ConversionOptions, **extra: Any) -> dict[str, Any]:
    """Metadata of a neuron node: our parameters, and the options of the conversion."""
    how = {
        "fires_at_equality": 1,
        "threshold_moved": int(options.exact_threshold),
        "gain_folded": int(options.fold_gain),
    }
    return {METADATA_KEY: {**p._asdict(), V0_KEY: nir_initial_potential(p), **how, **extra}}


def read_metadata(node: Any) -> Mapping[str, Any]:
    """Return our metadata of a node or graph; empty if there is none."""
    metadata = node.metadata if isinstance(node.metadata, Mapping) else {}
    found = metadata.get(METADATA_KEY)
    return found if isinstance(found, Mapping) else {}


def metadata_dt(graph: Any) -> Any:
    """The time step in our metadata of a graph, or 1."""
    return read_metadata(graph).get("dt", 1.0)


def noted_arrays(node: Any, where: str) -> dict[str, Array]:
    """The neurons' arrays in the metadata, of the node's shape and dtype; they must be finite."""
    noted = {}
    for name, value in read_metadata(node).items():
        fits = name in (*STORED_KEYS, DECAY_KEY) and isinstance(value, np.ndarray)
        if fits and (value.dtype, value.shape) == (node.r.dtype, node.r.shape):
            native = value.astype(value.dtype.newbyteorder("="))
            check_float_array(name, native, value.shape, where)
            noted[name] = value
    return noted


def metadata_neurons(
    node: Any, noted: Mapping[str, Array], fields: NodeFields, dt: float
) -> DiscreteNeurons | None:
    """Return the neurons in the metadata, if they still match the fields of the node."""
    if noted.keys() - {DECAY_KEY} != set(STORED_KEYS):
        return None
    fields = {name: value for name, value in fields.items() if name not in CURRENT_FIELDS}
    p = DiscreteNeurons(*(noted[name] for name in DiscreteNeurons._fields))
    moved, folded = (bool(read_metadata(node).get(f)) for f in ("threshold_moved", "gain_folded"))
    with np.errstate(all="ignore"):
        again = to_nir_fields(p, ConversionOptions(dt, moved, folded))
        again[V0_KEY] = nir_initial_potential(p)
    same = has_leak(p) == ("tau" in fields) and all(
        name in again and (again[name].dtype, again[name].tobytes()) == (x.dtype, x.tobytes())
        for name, x in (fields | {V0_KEY: noted[V0_KEY]}).items()
    )
    return p if same else None
