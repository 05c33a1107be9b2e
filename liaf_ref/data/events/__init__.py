"""Event cameras: event files, frames, and the data sets of Sections VI-B and VI-C."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
