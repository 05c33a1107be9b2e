"""The paper's experiments, one file per section of VI, and the numbers it prints."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
