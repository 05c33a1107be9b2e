"""Load the published event-camera data sets from the folders they are unpacked to."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
