"""LIAF-Net in pure NumPy: the paper's equations and their gradients by hand.

>>> import numpy as np
>>> import liaf_ref as lr
>>> layer = lr.DenseLIAF(50, 100)
>>> params = layer.init(0)
>>> Y, state, tape = layer.forward(params, np.ones((2, 5, 50)))  # 2 samples of 5 steps
>>> dX, d_state, grads = layer.backward(np.ones_like(Y), tape)
>>> dX.shape
(2, 5, 50)

The public names load when they are first used (Scientific Python SPEC 1); importing the
package loads neither NumPy nor any of its modules.
"""

import os

import lazy_loader

from liaf_ref import kernels

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


# ``lr.kernels.neuron`` works without an import of its own, and completes by tab. It is set here
# since the files of ``kernels`` hold equations and nothing else.
_files = os.listdir(kernels.__path__[0])  # noqa: PTH208 - quicker to import
_modules = {name.partition(".")[0] for name in _files if name[0] not in "._"}
for _name, _value in zip(
    ("__getattr__", "__dir__", "__all__"),
    lazy_loader.attach(kernels.__name__, _modules),
    strict=True,
):
    setattr(kernels, _name, _value)
