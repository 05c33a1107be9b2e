"""Which kernels run: the reference, or the fast ones for float32."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

from liaf_ref._core.validation import check_instance
from liaf_ref.kernels import im2col
from liaf_ref.kernels.variants import neuron as variants


class KernelSet:
    """Which module computes each kernel: ``kernels.lstm`` is the module of the LSTM.

    A kernel is found by its name: it is the module of that name in the first of the packages that
    has one, unless ``replaced`` names another. The modules of one name have the same signatures in
    every set. ``REFERENCE`` computes the equations as written; ``FAST`` is optimized for training
    in float32, and takes from the reference what has no fast form.

    Parameters
    ----------
    *packages : str
        Packages in which kernels are looked up.
    **replaced : module
        Modules of other names, by the name of the kernel.

    Examples
    --------
    >>> from liaf_ref.layers import FAST, REFERENCE
    >>> FAST.lstm.__name__, REFERENCE.lstm.__name__, FAST.max_pool.__name__
    ('liaf_ref.fast.lstm', 'liaf_ref.kernels.lstm', 'liaf_ref.kernels.max_pool')
    """

    def __init__(self, *packages: str, **replaced: ModuleType) -> None:
        self._packages, self._replaced = packages, replaced
        vars(self).update(replaced)

    def __getattr__(self, name: str) -> ModuleType:
        """Import a module the first time that it is used."""
        for package in () if name.startswith("_") else self._packages:
            if find_spec(f"{package}.{name}"):
                module = import_module(f"{package}.{name}")
                setattr(self, name, module)
                return module
        raise AttributeError(name)

    def _replace(self, **modules: ModuleType) -> "KernelSet":
        return KernelSet(*self._packages, **{**self._replaced, **modules})


REFERENCE = KernelSet("liaf_ref.kernels", conv=im2col, variants=variants)
FAST = KernelSet("liaf_ref.fast", "liaf_ref.kernels")


def kernel_set_for(dtype: Any, given: object = None, where: str = "") -> KernelSet:
    """The given kernels; without any, the fast ones for float32, else the reference."""
    if given is None:
        return FAST if dtype == np.float32 else REFERENCE
    expected = "REFERENCE, FAST or another KernelSet"
    return check_instance("kernel_set", given, KernelSet, where, expected)
