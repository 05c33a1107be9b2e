"""Operation counts (Tables I, II) and spike codes (Section VII-C) of networks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
