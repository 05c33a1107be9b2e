"""The gradient oracle: test cases with known gradients, and a check of backends against them."""

# Names are imported lazily, because pytest imports this module for its plugin in every run.
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
