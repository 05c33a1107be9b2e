"""NIR graphs, ONNX models and safetensors files: exchange with other programs.

The packages these need are optional, ``pip install '.[interop,onnx]'`` in a clone; they are
imported when a function is called.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
