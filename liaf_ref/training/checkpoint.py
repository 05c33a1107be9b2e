"""Training states on disk: npz without pickle, checked by a digest when read back."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.atomic import atomic_open, write_npz
from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import load_npz, parse_json, read_bytes
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_instance, check_int, check_number, check_path
from liaf_ref.kernels.array import Array
from liaf_ref.training.array_dict import ArrayDict
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
    path = check_path("path", path, "a checkpoint")
    check_instance("state", state, TrainingState, "a checkpoint", "the state of an event")
    seconds = check_number(
        "seconds", seconds, "a checkpoint", lambda x: x >= 0, "a finite number >= 0"
    )
    arrays = _add_prefix("params", state.params) | _add_prefix(
        "optimizer_state", state.optimizer_state
    )
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
        "best": None,
    }
    if state.best is not None:
        arrays |= _add_prefix("best", state.best.params)
        header["best"] = {
            "epoch": state.best.epoch,
            "loss": state.best.score.loss.hex(),
            "accuracy": state.best.score.accuracy.hex(),
        }
    for k, params in enumerate(state.last_params):
        arrays |= _add_prefix(f"last{k}", params)
    header["num_last_params"] = len(state.last_params)
    header["has_running_stats"] = state.running_stats is not None
    for prefix, running in (
        ("running_stats", state.running_stats),
        ("best_running_stats", _best_running_stats(state)),
    ):
        arrays |= _add_prefix(prefix, running or {})
    header["sha256"] = digest(header, arrays)
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with atomic_open(path) as file:
        write_npz(file, {"header": text} | arrays)


def load(path: Path) -> Checkpoint:
    """Read a training state back."""
    path = check_path("path", path, "a checkpoint")
    content = read_bytes(path, "a checkpoint")
    try:
        arrays = load_npz(content, path, max_bytes=len(content))
        header = parse_json(arrays.pop("header").tobytes())
    except FormatError as error:
        actual = f"another file: {error.reason}"
        raise FormatError(path, f"expected a checkpoint, got {actual}") from error
    except (KeyError, ValueError) as error:
        raise FormatError(
            path, f"expected a checkpoint, got an error: {short_repr(error)}"
        ) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FormatError(path, f"expected a {FORMAT}, got another file")
    if header.get("version") != VERSION:
        version = header.get("version")
        raise FormatError(path, f"expected checkpoint version {VERSION}, got {short_repr(version)}")
    if header.pop("sha256", None) != digest(header, arrays):
        raise FormatError(
            path, "expected content that matches the hash in its header, got altered content"
        )
    try:
        seconds = check_number("seconds", header["seconds"], "the header", lambda x: x >= 0)
        return Checkpoint(_restore_state(header, arrays), seconds, str(header["run"]))
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise FormatError(
            path, f"expected a complete header, got an error: {short_repr(error)}"
        ) from error


def check_compatible(path: Path, state: TrainingState, initial: TrainingState) -> None:
    """Refuse a state of another network, optimizer or kind of statistics."""
    groups = {
        "params": (state.params, initial.params),
        "optimizer_state": (state.optimizer_state, initial.optimizer_state),
        "running_stats": (state.running_stats, initial.running_stats),
    }
    if state.best is not None:
        groups["best"] = state.best.params, initial.params
        groups["best_running_stats"] = state.best.running_stats, initial.running_stats
    groups |= {f"last{k}": (own, initial.params) for k, own in enumerate(state.last_params)}
    for group, (found, expected) in groups.items():
        if problems := _mismatches(found or {}, expected or {}):
            raise FormatError(path, f"{group}: expected arrays of this run, got {problems[0]}")


def _mismatches(actual: Mapping[str, Array], expected: Mapping[str, Array]) -> list[str]:
    if odd := sorted(actual.keys() ^ expected.keys()):
        return [f"{'none called' if odd[0] in expected else 'one called'} {short_repr(odd[0])}"]
    return [
        f"{name} of shape {actual[name].shape} and dtype {actual[name].dtype}, not "
        f"{array.shape} and {array.dtype}"
        for name, array in expected.items()
        if (actual[name].shape, actual[name].dtype) != (array.shape, array.dtype)
    ]


def _restore_state(header: dict[str, Any], arrays: ArrayDict) -> TrainingState:
    best = header["best"]
    epoch, batch, correct = (
        _read_count(header, name) for name in ("epoch", "batch", "num_correct")
    )
    kept = _read_count(header, "num_last_params")
    losses = tuple(float.fromhex(loss) for loss in header["validation_losses"])
    if len(losses) != epoch or not isinstance(best, dict if epoch else type(None)):
        raise ValueError(f"{epoch} epochs, {len(losses)} losses and best {short_repr(best)}")
    if kept > epoch:
        raise ValueError(f"{epoch} epochs, parameters of {kept}")
    np.random.PCG64().state = header["rng_state"]  # refuses what is no state of it
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
        running_stats=_select_prefix("running_stats", arrays)
        if header["has_running_stats"]
        else None,
        best=None
        if best is None
        else BestEpoch(
            _read_count(best, "epoch"),
            Score(float.fromhex(best["loss"]), float.fromhex(best["accuracy"])),
            _select_prefix("best", arrays),
            _select_prefix("best_running_stats", arrays) if header["has_running_stats"] else None,
        ),
    )


def _read_count(header: dict[str, Any], name: str) -> int:
    return check_int(name, header[name], "the header", minimum=0, maximum=2**62)


def _best_running_stats(state: TrainingState) -> ArrayDict | None:
    return state.best.running_stats if state.best else None


def _add_prefix(prefix: str, arrays: ArrayDict) -> ArrayDict:
    return {f"{prefix}/{name}": value for name, value in arrays.items()}


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
