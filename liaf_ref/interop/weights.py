"""Save and load parameters as safetensors files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from liaf_ref._core import validation
from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import FormatError, InputError, unexpected, unreadable
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.safe_load import check_file_size, parse_json
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import REAL, as_array, check_instance, check_params, check_path
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params

METADATA_KEY = "liaf_ref"  # the only metadata entry, as several would have no fixed order
FORMAT = "liaf_ref weights"
VERSION = 1

RESERVED_NAME = "__metadata__"  # a name that the format reserves


@runtime_checkable
class HasShapes(Protocol):
    """A layer or network, or another object with ``param_shapes``."""

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes by name."""


def save_weights(
    path: Path | str, params: Mapping[str, Any], model: HasShapes | None = None
) -> None:
    """Write parameters to a safetensors file, atomically.

    Parameters
    ----------
    path : Path or str
        The file to write or replace; its folder must exist.
    params : mapping
        Arrays by name, float32 or float64, or nested mappings of them; nested names are joined
        by a dot.
    model : Layer or Network, optional
        Checks the parameters against the model's shapes, and notes its name in the file.

    Raises
    ------
    LiafError
        If safetensors is not installed.
    InputError
        If a name is not a non-empty string or occurs twice, a value is no array of float32 or
        float64, or the parameters are not those of ``model``.
    RunError
        If the file cannot be written.

    See Also
    --------
    load_weights : Read them back.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import liaf_ref as lr
    >>> layer = lr.DenseLIAF(4, 3)
    >>> file = Path(tempfile.mkdtemp()) / "layer.safetensors"
    >>> lr.save_weights(file, layer.init(0), layer)
    >>> sorted(lr.load_weights(file, layer))
    ['W', 'alpha', 'b', 'beta', 'v_reset', 'v_th']
    """
    library = import_optional_dependency("safetensors.numpy", "interop")
    target = check_path("path", path, "save_weights")
    arrays = flatten(params)
    for name in arrays:
        if name == RESERVED_NAME or name.encode("utf-8", "ignore").decode("utf-8") != name:
            why = f"expected UTF-8 names other than {RESERVED_NAME}, got {short_repr(name)}"
            raise InputError.for_argument("names", "the weights", why)
    if model is not None:
        arrays = check_params(arrays, _expected_shapes(model), _model_name(model))
    # safetensors 0.8 writes the memory of an array regardless of its order.
    ordered = {name: np.asarray(_check_dtype(name, arrays[name]), order="C") for name in arrays}
    note: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if model is not None:
        note["model"] = _model_name(model)
    metadata = {METADATA_KEY: json.dumps(note)}
    write_atomic(target, bytes(library.save(ordered, metadata)))


def load_weights(path: Path | str, model: HasShapes | None = None) -> Params:
    """Read parameters from a safetensors file.

    Parameters
    ----------
    path : Path or str
        Written by :func:`save_weights` or by another program.
    model : Layer or Network, optional
        Checks names, shapes and dtypes against those of the model.

    Returns
    -------
    dict of str to ndarray
        Arrays by name, writeable; in the model's order, or sorted by name.

    Raises
    ------
    LiafError
        If safetensors is not installed.
    FormatError
        If there is no such file, it is damaged or of a later version, or it does not fit the
        model.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> file = Path(tempfile.mkdtemp()) / "weights.safetensors"
    >>> lr.save_weights(file, {"head": {"W": np.eye(2)}})
    >>> lr.load_weights(file)["head.W"].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    safetensors = import_optional_dependency("safetensors", "interop")
    file = check_path("path", path, "load_weights")
    if model is not None:
        _expected_shapes(model)
    arrays, metadata = _read_file(safetensors, file)
    _check_version(file, metadata)
    try:
        found = {name: _check_dtype(name, arrays[name]) for name in sorted(arrays)}
        if model is not None:
            found = check_params(found, _expected_shapes(model), _model_name(model))
    except InputError as error:
        raise FormatError(file, str(error)) from error
    return found


def flatten(params: Mapping[str, Any], prefix: str = "") -> Params:
    """Join nested names by dots.

    Parameters
    ----------
    params : mapping
        Arrays by name, or mappings of such.
    prefix : str
        Prefix of every name.

    Returns
    -------
    dict of str to ndarray
        Arrays by full name.

    Raises
    ------
    InputError
        On a name that is not a non-empty string or occurs twice, or a value that is no array.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.interop import flatten
    >>> flatten({"head": {"b": np.zeros(2)}})
    {'head.b': array([0., 0.])}
    """
    check_instance("prefix", prefix, str, "the weights", "a string")
    flat: Params = {}
    if not isinstance(params, Mapping):
        why = f"expected arrays by name in a mapping, got {type(params).__name__}"
        hint = "; pass result.params" if hasattr(params, "params") else ""  # what train returns
        raise InputError.for_argument("params", "the weights", why + hint)
    for key, value in params.items():
        if not isinstance(key, str) or not key:
            why = f"expected a non-empty string as a name, got {key!r}"
            raise InputError.for_argument("names", "the weights", why)
        name = f"{prefix}.{key}" if prefix else key
        inner = isinstance(value, Mapping)
        more = flatten(value, name) if inner else {name: as_array(name, value, "the weights")}
        twice = flat.keys() & more.keys()
        if twice:
            why = "expected one array of this name, got two"
            raise InputError.for_argument(min(twice), "the weights", why)
        flat |= more
    return flat


def unflatten(params: Mapping[str, Array]) -> dict[str, Any]:
    """Undo :func:`flatten`: one mapping for each part of a dotted name.

    Parameters
    ----------
    params : mapping of str to ndarray
        Arrays by full name.

    Returns
    -------
    dict
        Arrays and mappings by name.

    Raises
    ------
    InputError
        If ``params`` is no mapping by strings, or a name is both
        an array and a prefix of other names.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.interop import unflatten
    >>> unflatten({"head.b": np.zeros(2)})
    {'head': {'b': array([0., 0.])}}
    """
    tree: dict[str, Any] = {}
    validation.check_mapping("params", params, "the weights", "arrays by name")
    for name, value in params.items():
        *parts, last = check_instance("names", name, str, "the weights", "strings").split(".")
        place = tree
        for part in parts:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                why = f"expected {part!r} to be a prefix only, got an array of that name too"
                raise InputError.for_argument(name, "the weights", why)
        if last in place:
            why = "expected the name of an array, got a prefix of other names"
            raise InputError.for_argument(name, "the weights", why)
        place[last] = value
    return tree


def _expected_shapes(model: object) -> dict[str, tuple[int, ...]]:
    if isinstance(model, type) or not isinstance(model, HasShapes):  # a class also has the method
        raise unexpected("model", model, "the weights", "a layer or a network")
    return model.param_shapes()


def _model_name(model: HasShapes) -> str:
    return str(getattr(model, "label", type(model).__name__))


def _check_dtype(name: str, array: Array) -> Array:
    if array.dtype.name not in REAL:
        why = f"expected dtype {' or '.join(REAL)}, got {array.dtype}"
        raise InputError.for_argument(name, "the weights", why)
    return array


def _read_file(safetensors: Any, file: Path) -> tuple[Params, dict[str, str]]:
    """Return copies of all arrays of a file, and its metadata."""
    try:
        check_file_size(file, "a safetensors file")
        with safetensors.safe_open(file, framework="numpy") as opened:
            arrays = {name: np.array(opened.get_tensor(name)) for name in opened.keys()}  # noqa: SIM118
            return arrays, opened.metadata() or {}
    except FormatError:
        raise
    except Exception as error:  # the library raises a kind of its own, and others for dtypes
        raise unreadable(file, "a safetensors file", error) from error


def _check_version(file: Path, metadata: dict[str, str]) -> None:
    """Refuse other versions of our own files; other files have no version."""
    if METADATA_KEY not in metadata:
        return
    try:
        note = parse_json(metadata[METADATA_KEY])
        version = note["version"] if note["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable(file, "a complete header", error) from error
    if version != VERSION:
        raise FormatError(file, f"expected {FORMAT} version {VERSION}, got {short_repr(version)}")
