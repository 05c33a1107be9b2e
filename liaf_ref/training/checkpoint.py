"""Training states on disk: npz without pickle, checked by a digest when read back."""

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.archive import write_npz
from liaf_ref.door import check_instance, check_number, check_path, check_whole
from liaf_ref.door.values import shown
from liaf_ref.errors import FormatError
from liaf_ref.files import beside
from liaf_ref.kernels.array import Array
from liaf_ref.reading import load_npz, parse_json, read_bytes
from liaf_ref.reading.members import STORED
from liaf_ref.training.loop import Best, Score, TrainingState
from liaf_ref.training.named import Named

FORMAT = "liaf_ref checkpoint"
VERSION = 3


class Saved(NamedTuple):
    """A training state, and the seconds it took to get there."""

    state: TrainingState
    seconds: float


def save(path: Path, state: TrainingState, seconds: float = 0.0) -> None:
    """Write a training state, atomically.

    Parameters
    ----------
    path : Path
        The file to write or replace.
    state : TrainingState
        From any event of the loop.
    seconds : float
        Time spent so far, over all sittings.

    Raises
    ------
    InputError
        If ``path`` is no path, ``state`` no state or ``seconds`` no number.
    RunError
        If it cannot be written; an older checkpoint is then untouched.
    """
    path = check_path("path", path, "a checkpoint")
    check_instance("state", state, TrainingState, "a checkpoint", "the state of an event")
    seconds = check_number(
        "seconds", seconds, "a checkpoint", lambda x: x >= 0, "a finite number >= 0"
    )
    arrays = _prefixed("params", state.params) | _prefixed("optimiser", state.optimiser)
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "rng": state.rng,
        "epoch": state.epoch,
        "batch": state.batch,
        "loss_sum": state.loss_sum.hex(),
        "correct": state.correct,
        "losses": [loss.hex() for loss in state.losses],
        "seconds": seconds,
        "best": None,
    }
    if state.best is not None:
        arrays |= _prefixed("best", state.best.params)
        header["best"] = {
            "epoch": state.best.epoch,
            "loss": state.best.score.loss.hex(),
            "accuracy": state.best.score.accuracy.hex(),
        }
    header["given"] = state.running is not None
    for prefix, running in (("running", state.running), ("best_running", _best(state))):
        arrays |= _prefixed(prefix, running or {})
    header["sha256"] = _digest(header, arrays)
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with beside(path) as file:
        write_npz(file, {"header": text} | arrays)


def load(path: Path) -> Saved:
    """Read a training state back.

    Parameters
    ----------
    path : Path
        Written by :func:`save`.

    Returns
    -------
    Saved
        With a state equal to the one saved, bit for bit.

    Raises
    ------
    InputError
        If ``path`` is no path.
    FormatError
        If the file is missing, truncated, altered, of another format or of a
        later version.
    """
    path = check_path("path", path, "a checkpoint")
    content = read_bytes(path, "a checkpoint")
    try:
        arrays = load_npz(content, path, most=len(content), methods=STORED)
        header = parse_json(arrays.pop("header").tobytes())
    except FormatError as error:
        came = f"another file: {error.reason}"
        raise FormatError(path, f"expected a checkpoint, got {came}") from error
    except (KeyError, ValueError) as error:
        raise FormatError(path, f"expected a checkpoint, got {shown(error)}") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FormatError(path, f"expected a {FORMAT}, got another file")
    if header.get("version") != VERSION:
        version = header.get("version")
        raise FormatError(path, f"expected checkpoint version {VERSION}, got {shown(version)}")
    if header.pop("sha256", None) != _digest(header, arrays):
        raise FormatError(path, "expected the digest in its header, got altered contents")
    try:
        seconds = check_number("seconds", header["seconds"], "the header", lambda x: x >= 0)
        return Saved(_state(header, arrays), seconds)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise FormatError(path, f"expected a complete header, got {shown(error)}") from error


def _state(header: dict[str, Any], arrays: Named) -> TrainingState:
    best = header["best"]
    epoch, batch, correct = (_count(header, name) for name in ("epoch", "batch", "correct"))
    losses = tuple(float.fromhex(loss) for loss in header["losses"])
    if len(losses) != epoch or not isinstance(best, dict if epoch else type(None)):
        raise ValueError(f"{epoch} epochs, {len(losses)} losses and best {shown(best)}")
    np.random.PCG64().state = header["rng"]  # refuses what is no state of it
    return TrainingState(
        params=_under("params", arrays),
        optimiser=_under("optimiser", arrays),
        rng=header["rng"],
        epoch=epoch,
        batch=batch,
        loss_sum=float.fromhex(header["loss_sum"]),
        correct=correct,
        losses=losses,
        running=_under("running", arrays) if header["given"] else None,
        best=None
        if best is None
        else Best(
            _count(best, "epoch"),
            Score(float.fromhex(best["loss"]), float.fromhex(best["accuracy"])),
            _under("best", arrays),
            _under("best_running", arrays) if header["given"] else None,
        ),
    )


def _count(header: dict[str, Any], name: str) -> int:
    return check_whole(name, header[name], "the header", least=0, most=2**62)


def _best(state: TrainingState) -> Named | None:
    return state.best.running if state.best else None


def _prefixed(prefix: str, arrays: Named) -> Named:
    return {f"{prefix}/{name}": value for name, value in arrays.items()}


def _under(prefix: str, arrays: Named) -> Named:
    start = f"{prefix}/"
    return {name.removeprefix(start): v for name, v in arrays.items() if name.startswith(start)}


def _digest(header: dict[str, Any], arrays: dict[str, Array]) -> str:
    digest = hashlib.sha256(json.dumps(header).encode())
    for name in sorted(arrays):
        value = arrays[name]
        digest.update(f"{name} {value.dtype.str} {value.shape}\n".encode())
        digest.update(np.ravel(value).data)  # no copy of one in C order
    return digest.hexdigest()
