"""Layers: kernels with named parameters and checked shapes (B, T, ..., L), Section II-D."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
