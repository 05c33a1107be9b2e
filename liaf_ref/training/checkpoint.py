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
from liaf_ref.training.array_dict import ArrayDict, check_matching_arrays
from liaf_ref.training.state import BestEpoch, Score, TrainingState

FORMAT = "liaf_ref checkpoint"
VERSION = 6


class Checkpoint(NamedTuple):
    """A training state, the seconds it took to get there, and a digest of its run."""

    state: TrainingState
    seconds: float
    run: str = ""


def save(path: Path, state: TrainingState, seconds: float = 0.0, run: str = "") -> None:
    """Write a training state, atomically."""
    best = state.best
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "run": run,
        "rng_state": state.rng_state,
        "epoch": state.epoch,
        "batch": state.batch,
        "loss_sum": state.loss_sum.hex(),
        "num_correct": state.num_correct,
        "validation_losses": [loss.hex() for loss in state.validation_losses],
        "seconds": seconds,
        "best": None if best is None else _best_as_json(best),
        "num_last_params": len(state.last_params),
        "has_running_stats": state.running_stats is not None,
    }
    arrays = {
        f"{group}/{name}": array
        for group, own in _groups(state).items()
        for name, array in (own or {}).items()
    }
    header["sha256"] = digest(header, arrays)
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with atomic_open(path) as file:
        write_npz(file, {"header": text} | arrays)


def _best_as_json(best: BestEpoch) -> dict[str, Any]:
    score = {name: value.hex() for name, value in best.score._asdict().items()}
    return {"epoch": best.epoch} | score


def _groups(state: TrainingState) -> dict[str, ArrayDict | None]:
    """The arrays of a state."""
    groups = {"params": state.params, "optimizer_state": state.optimizer_state}
    more = {} if state.best is None else {"best": state.best.params}
    more |= {f"last{k}": params for k, params in enumerate(state.last_params)}
    running = {"running_stats": state.running_stats}
    if state.best is not None:
        running["best_running_stats"] = state.best.running_stats
    return {**groups, **more, **running}


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
    for group, found in _groups(state).items():
        try:
            check_matching_arrays(found or {}, own.get(group, initial.params), group, "this run")
        except InputError as error:
            raise FormatError(path, f"expected another checkpoint: {error}") from error


def _restore_state(header: dict[str, Any], arrays: ArrayDict) -> TrainingState:
    best, kept = header["best"], _read_count(header, "num_last_params")
    epoch, batch, correct = (_read_count(header, k) for k in ("epoch", "batch", "num_correct"))
    losses = tuple(map(float.fromhex, header["validation_losses"]))
    if len(losses) != epoch or not isinstance(best, dict if epoch else type(None)):
        raise ValueError(f"{epoch} epochs, {len(losses)} losses and best {short_repr(best)}")
    if kept > epoch:
        raise ValueError(f"{epoch} epochs, parameters of {kept}")
    np.random.PCG64().state = header["rng_state"]  # refuses what is no state of it

    def running(group: str) -> ArrayDict | None:
        return _select_prefix(group, arrays) if header["has_running_stats"] else None

    return TrainingState(
        params=_select_prefix("params", arrays),
        optimizer_state=_select_prefix("optimizer_state", arrays),
        rng_state=header["rng_state"],
        epoch=epoch,
        batch=batch,
        loss_sum=float.fromhex(header["loss_sum"]),
        num_correct=correct,
        validation_losses=losses,
        last_params=tuple(_select_prefix(f"last{k}", arrays) for k in range(kept)),
        running_stats=running("running_stats"),
        best=None
        if best is None
        else BestEpoch(
            _read_count(best, "epoch"),
            Score(float.fromhex(best["loss"]), float.fromhex(best["accuracy"])),
            _select_prefix("best", arrays),
            running("best_running_stats"),
        ),
    )


def _read_count(header: dict[str, Any], name: str) -> int:
    return check_int(name, header[name], "the header", minimum=0, maximum=2**62)


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
