"""Training states on disk: npz without pickle, checked by a digest when read back."""

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.atomic import atomic_open
from liaf_ref._core.errors import FormatError, InputError, unreadable
from liaf_ref._core.safe_load import load_npz, parse_json, read_bytes
from liaf_ref._core.text import short_repr
from liaf_ref.kernels.array import Array
from liaf_ref.training.protocols import ArrayDict, check_matching_arrays
from liaf_ref.training.state import EpochWeights, Score, TrainingState

FORMAT = "liaf_ref checkpoint"
VERSION = 8
# The fields of a state that are no arrays.
NUMBERS = ("epoch", "batch", "num_correct", "loss_sum", "validation_losses", "rng_state")


class Checkpoint(NamedTuple):
    """A training state, the seconds it took to get there, and a digest of its run."""

    state: TrainingState
    seconds: float
    run: str = ""


def save(path: Path, state: TrainingState, seconds: float = 0.0, run: str = "") -> None:
    """Write a training state, atomically."""
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "run": run,
        "seconds": seconds,
        **{name: getattr(state, name) for name in NUMBERS},
        "best": [state.best.epoch, *state.best_score],
    }
    arrays: dict[str, Any] = {
        f"{group}/{name}": a for group, own in _groups(state).items() for name, a in own.items()
    }
    header["sha256"] = digest(header, arrays)
    with atomic_open(path) as file:
        np.savez(file, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)


def _groups(state: TrainingState) -> dict[str, ArrayDict]:
    """The arrays of a state."""
    return {
        "params": state.params,
        "optimizer_state": state.optimizer_state,
        "running_stats": state.running_stats,
        "best": state.best.params,
        "best_running_stats": state.best.running_stats,
        **{f"last{k}": params for k, params in enumerate(state.last_params)},
    }


def load(path: Path) -> Checkpoint:
    """Read a training state back."""
    content = read_bytes(path, "a checkpoint")
    try:
        arrays = load_npz(content, path, max_bytes=len(content))
        header = parse_json(arrays.pop("header").tobytes())
    except FormatError as error:
        actual = f"another file: {error.reason}"
        raise FormatError(path, f"expected a checkpoint, got {actual}") from error
    except (KeyError, ValueError) as error:
        raise unreadable(path, "a checkpoint", error) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FormatError(path, f"expected a {FORMAT}, got another file")
    if header.get("version") != VERSION:
        version = header.get("version")
        raise FormatError(path, f"expected checkpoint version {VERSION}, got {short_repr(version)}")
    if header.pop("sha256", None) != digest(header, arrays):
        reason = "expected content that matches the hash in its header, got altered content"
        raise FormatError(path, reason)
    try:
        return Checkpoint(_restore_state(header, arrays), header["seconds"], header["run"])
    except (KeyError, TypeError, ValueError) as error:
        raise unreadable(path, "a complete header", error) from error


def check_compatible(path: Path, state: TrainingState, initial: TrainingState) -> None:
    """Refuse a state of another network, optimizer or kind of statistics."""
    own = dict.fromkeys(_groups(state), initial.params)
    own |= {"optimizer_state": initial.optimizer_state, "running_stats": initial.running_stats}
    own |= _groups(initial) if not state.epoch else {"best_running_stats": initial.running_stats}
    for group, found in _groups(state).items():
        try:
            check_matching_arrays(found, own[group], group, "this run")
        except InputError as error:
            raise FormatError(path, f"expected another checkpoint: {error}") from error


def _restore_state(header: dict[str, Any], arrays: ArrayDict) -> TrainingState:
    groups: dict[str, ArrayDict] = defaultdict(dict)
    for key, array in arrays.items():
        group, _, name = key.partition("/")
        groups[group][name] = array
    numbers = {name: header[name] for name in NUMBERS}
    np.random.PCG64().state = header["rng_state"]  # refuses what is no state of it
    epoch, *score = header["best"]
    return TrainingState(
        params=groups["params"],
        optimizer_state=groups["optimizer_state"],
        running_stats=groups["running_stats"],
        best=EpochWeights(epoch, groups["best"], groups["best_running_stats"]),
        best_score=Score(*score),
        last_params=tuple(own for group, own in groups.items() if group.startswith("last")),
        **numbers | {"validation_losses": tuple(header["validation_losses"])},
    )


def digest(header: dict[str, Any], arrays: dict[str, Array]) -> str:
    """SHA-256 of a header and of arrays, in the order of their names."""
    hasher = hashlib.sha256(json.dumps(header).encode())
    for name in sorted(arrays):
        value = arrays[name]
        hasher.update(f"{name} {value.dtype.str} {value.shape}\n".encode())
        hasher.update(np.ravel(value).data)  # no copy of one in C order
    return hasher.hexdigest()
