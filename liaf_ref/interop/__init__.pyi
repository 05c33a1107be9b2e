from .nir import Stage as Stage
from .nir import from_nir as from_nir
from .nir import to_nir as to_nir
from .onnx import to_onnx as to_onnx
from .weights import flatten as flatten
from .weights import load_weights as load_weights
from .weights import save_weights as save_weights
from .weights import unflatten as unflatten

__all__: list[str]
