"""Which kernels run: the reference, or the fast ones for float32."""

from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from liaf_ref._core.validation import check_instance


class KernelSet:
    """Which module computes each kernel.

    The modules of a field have the same signatures in every set. ``REFERENCE`` computes the
    equations as written; ``FAST`` is optimized for training in float32.

    Attributes
    ----------
    dense, tokens, neuron, rnn, lstm, gru, readout : module
        Modules of layers on vectors.
    conv, convlstm, average_pool, max_pool, norm, activate : module
        Modules of layers on images, of the norms and of Act.

    Examples
    --------
    >>> from liaf_ref.layers import FAST, REFERENCE
    >>> FAST.lstm.__name__, REFERENCE.lstm.__name__
    ('liaf_ref.fast.lstm', 'liaf_ref.kernels.lstm')
    """

    dense: ModuleType
    tokens: ModuleType
    neuron: ModuleType
    rnn: ModuleType
    lstm: ModuleType
    gru: ModuleType
    readout: ModuleType
    conv: ModuleType
    convlstm: ModuleType
    average_pool: ModuleType
    max_pool: ModuleType
    norm: ModuleType
    activate: ModuleType

    def __init__(self, **modules: ModuleType | str) -> None:
        self._modules = modules  # or their names within liaf_ref

    def __getattr__(self, name: str) -> ModuleType:
        """Import a module the first time that it is used."""
        module = vars(self).get("_modules", {}).get(name)
        if module is None:
            raise AttributeError(name)
        found = import_module(f"liaf_ref.{module}") if isinstance(module, str) else module
        setattr(self, name, found)
        return found

    def _replace(self, **modules: ModuleType | str) -> "KernelSet":
        return KernelSet(**{**self._modules, **modules})


FASTER = (
    *("tokens", "neuron", "rnn", "lstm", "gru", "readout"),
    *("conv", "convlstm", "average_pool", "norm", "activate"),
)
REFERENCE = KernelSet(**{name: f"kernels.{name}" for name in KernelSet.__annotations__})._replace(
    conv="kernels.im2col"
)
FAST = REFERENCE._replace(**{name: f"fast.{name}" for name in FASTER})


def kernel_set_for(dtype: Any, given: object = None, where: str = "") -> KernelSet:
    """The given kernels; without any, the fast ones for float32, else the reference."""
    if given is None:
        return FAST if dtype == np.float32 else REFERENCE
    expected = "REFERENCE, FAST or another KernelSet"
    return check_instance("kernel_set", given, KernelSet, where, expected)
