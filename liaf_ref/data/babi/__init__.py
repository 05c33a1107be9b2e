"""bAbI question answering (Weston et al., 2015): reader, encoder and generator."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
