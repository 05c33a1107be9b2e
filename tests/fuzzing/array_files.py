"""Arrays on disk, damaged: checkpoints, weights, graphs, frames."""

import functools
import hashlib
import io
import json
import struct
import tempfile
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from support import Setup

from fuzzing.archives import damaged_npz, mutate_arrays
from fuzzing.golden import mutate_tensors
from fuzzing.harness import Files
from fuzzing.texts import as_json, mutate_text
from fuzzing.values import mutate_document
from liaf_ref.data.events import Preprocessing
from liaf_ref.data.events.preprocessing import read_cached_frames
from liaf_ref.interop import nir as graphs
from liaf_ref.interop.weights import load_weights, save_weights
from liaf_ref.layers import Dense, DenseLIF
from liaf_ref.training import checkpoint as checkpoints
from liaf_ref.training.checkpoint import check_compatible

SETUP = Setup()
PREPARATION = Preprocessing(sensor_size=(4, 3), time_window=5, T=2)
SETTINGS = '{"version": 1}'


def _content(write: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        write(path)
        return path.read_bytes()


@functools.cache
def _checkpoint() -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and arrays of a run in its second epoch."""
    state = SETUP.events()[5].state
    with np.load(io.BytesIO(_content(lambda p: checkpoints.save(p, state, 1.5)))) as file:
        arrays = dict(file)
    return json.loads(arrays.pop("header").tobytes()), arrays


def checkpoint(rng: Random) -> bytes:
    """A checkpoint whose digest is right for what was damaged, more often than not."""
    header, arrays = _checkpoint()
    kind = rng.randrange(4)
    if kind < 2:
        header = mutate_document(header, rng)
    elif kind == 2:
        arrays = mutate_arrays(arrays, rng)
    if isinstance(header, dict) and rng.random() < 0.8:
        header = {name: value for name, value in header.items() if name != "sha256"}
        header["sha256"] = _digest(as_json(header), arrays)
    text = np.frombuffer(mutate_text(as_json(header), rng, probability=0.1), np.uint8)
    return damaged_npz({"header": text, **arrays}, rng, deflated=False)


def _digest(header: bytes, arrays: dict[str, Any]) -> str:
    digest = hashlib.sha256(header)
    for name in sorted(arrays):
        value = arrays[name]
        digest.update(f"{name} {value.dtype.str} {value.shape}\n".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


def read_checkpoint(folder: Path) -> object:
    """Load a checkpoint, and go on with it for a step."""
    path = folder / "checkpoint.npz"
    saved = checkpoints.load(path)
    check_compatible(path, saved.state, SETUP.initial_state())
    with np.errstate(all="ignore"):
        return list(islice(SETUP.run(saved.state), 1))


LAYER = Dense(3, 4)


@functools.cache
def _weights() -> bytes:
    params = LAYER.init(np.random.default_rng(0), np.float32)
    return _content(lambda path: save_weights(path, params, LAYER))


def weights(rng: Random) -> bytes:
    """Parameters of a layer."""
    return mutate_tensors(_weights(), rng)


def read_weights(folder: Path) -> object:
    """Read them as any, and as the layer's."""
    path = folder / "w.safetensors"
    return load_weights(path), load_weights(path, LAYER)


@functools.cache
def _nir() -> bytes:
    layer = DenseLIF(3, 4)
    params = layer.init(np.random.default_rng(0), np.float32)
    graph = graphs.to_nir([graphs.Stage(layer, params)])
    return _content(lambda path: graphs.write(path, graph))


def nir(rng: Random) -> bytes:
    """A graph, whose bytes are turned, or numbers set to extreme ones, anywhere in the file."""
    content = bytearray(_nir())
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at = rng.randrange(len(content))
        if rng.random() < 0.5:
            content[at] ^= 1 << rng.randrange(8)
        else:
            form = rng.choice("BHIQ")
            value = rng.choice((0, 1, 255, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**62, 2**64 - 1))
            new = struct.pack(f"<{form}", value % (1 << 8 * struct.calcsize(form)))
            content[at : at + len(new)] = new
    keep = len(content) if rng.random() < 0.95 else rng.randrange(len(content))
    return bytes(content[:keep])


def read_nir(folder: Path) -> object:
    """Read a graph and make layers of it."""
    with np.errstate(all="ignore"):
        return graphs.from_nir(graphs.read(folder / "graph.nir"))


def frames(rng: Random) -> Files:
    """Frames that were kept."""
    arrays: dict[str, Any] = {
        "frames": np.ones(PREPARATION.shape, PREPARATION.dtype),
        "settings": np.array(SETTINGS),
    }
    return {"kept.npz": damaged_npz(mutate_arrays(arrays, rng), rng, deflated=True)}


def read_frames(folder: Path) -> object:
    """Take them from where they are kept."""
    return read_cached_frames(folder / "kept.npz", PREPARATION)
