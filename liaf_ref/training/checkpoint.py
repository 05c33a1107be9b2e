"""Training states on disk: npz without pickle, checked by a digest when read back."""

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.atomic import atomic_open, write_npz
from liaf_ref._core.errors import FormatError, InputError, unreadable
from liaf_ref._core.kinds import real
from liaf_ref._core.safe_load import load_npz, parse_json, read_bytes
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_int
from liaf_ref.kernels.array import Array
from liaf_ref.training.protocols import ArrayDict, check_matching_arrays
from liaf_ref.training.state import BestEpoch, Score, TrainingState

FORMAT = "liaf_ref checkpoint"
VERSION = 7
COUNTS = ("epoch", "batch", "num_correct")
NUMBERS = (*COUNTS, "loss_sum", "validation_losses", "rng_state")  # of a state


class Checkpoint(NamedTuple):
    """A training state, the seconds it took to get there, and a digest of its run."""

    state: TrainingState
    seconds: float
    run: str = ""


def save(path: Path, state: TrainingState, seconds: float = 0.0, run: str = "") -> None:
    """Write a training state, atomically."""
    groups = _groups(state)
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "run": run,
        "seconds": seconds,
        **{name: getattr(state, name) for name in NUMBERS},
        "best": state.best and [state.best.epoch, *state.best.score],
        "groups": list(groups),
    }
    arrays = {f"{group}/{name}": a for group, own in groups.items() for name, a in own.items()}
    header["sha256"] = digest(header, arrays)
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with atomic_open(path) as file:
        write_npz(file, {"header": text} | arrays)


def _groups(state: TrainingState) -> dict[str, ArrayDict]:
    """The arrays of a state."""
    groups = {
        "params": state.params,
        "optimizer_state": state.optimizer_state,
        "running_stats": state.running_stats,
        "best": state.best and state.best.params,
        "best_running_stats": state.best and state.best.running_stats,
        **{f"last{k}": params for k, params in enumerate(state.last_params)},
    }
    return {name: own for name, own in groups.items() if own is not None}


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
        seconds = real(0).check("seconds", header["seconds"], "the header")
        return Checkpoint(_restore_state(header, arrays), seconds, str(header["run"]))
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise unreadable(path, "a complete header", error) from error


def check_compatible(path: Path, state: TrainingState, initial: TrainingState) -> None:
    """Refuse a state of another network, optimizer or kind of statistics."""
    own = {"optimizer_state": initial.optimizer_state}
    own |= dict.fromkeys(("running_stats", "best_running_stats"), initial.running_stats or {})
    statistics = ("running_stats", *(("best_running_stats",) if state.best else ()))
    for group, found in (dict.fromkeys(statistics, ArrayDict()) | _groups(state)).items():
        try:
            check_matching_arrays(found, own.get(group, initial.params), group, "this run")
        except InputError as error:
            raise FormatError(path, f"expected another checkpoint: {error}") from error


def _restore_state(header: dict[str, Any], arrays: ArrayDict) -> TrainingState:
    best, losses = header["best"], tuple(map(float, header["validation_losses"]))
    epoch, batch, correct = (_count(name, header[name]) for name in COUNTS)
    groups = {group: _select_prefix(group, arrays) for group in header["groups"]}
    last = tuple(own for group, own in groups.items() if group.startswith("last"))
    if len(losses) != epoch or bool(best) != bool(epoch) or len(last) > epoch:
        raise ValueError(f"{epoch} epochs, {len(losses)} losses and best {short_repr(best)}")
    np.random.PCG64().state = header["rng_state"]  # refuses what is no state of it
    if best:
        number, *score = best
        running = groups.get("best_running_stats")
        best = BestEpoch(_count("best", number), Score(*map(float, score)), groups["best"], running)
    return TrainingState(
        params=groups["params"],
        optimizer_state=groups["optimizer_state"],
        rng_state=header["rng_state"],
        epoch=epoch,
        batch=batch,
        loss_sum=float(header["loss_sum"]),
        num_correct=correct,
        best=best or None,
        running_stats=groups.get("running_stats"),
        validation_losses=losses,
        last_params=last,
    )


def _count(name: str, value: object) -> int:
    return check_int(name, value, "the header", minimum=0, maximum=2**62)


def _select_prefix(prefix: str, arrays: ArrayDict) -> ArrayDict:
    start = f"{prefix}/"
    return {name.removeprefix(start): v for name, v in arrays.items() if name.startswith(start)}


def digest(header: dict[str, Any], arrays: dict[str, Array]) -> str:
    """SHA-256 of a header and of arrays, in the order of their names."""
    hasher = hashlib.sha256(json.dumps(header).encode())
    for name in sorted(arrays):
        value = arrays[name]
        hasher.update(f"{name} {value.dtype.str} {value.shape}\n".encode())
        hasher.update(np.ravel(value).data)  # no copy of one in C order
    return hasher.hexdigest()
