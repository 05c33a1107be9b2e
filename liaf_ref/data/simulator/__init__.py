"""A simulator of event cameras (DVS), and simulated data sets; no data file is needed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
