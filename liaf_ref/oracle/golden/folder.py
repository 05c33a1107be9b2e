"""Golden sets on disk: a folder that is whole or refused, and the archive a wheel carries."""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from liaf_ref.door import check_choice, check_instance, check_items, check_path
from liaf_ref.door.values import describe, shown
from liaf_ref.errors import FormatError, InputError, RunError
from liaf_ref.files import LEFTOVER, failure, make_folder, remove_leftovers, write_atomic
from liaf_ref.kernels.array import Array
from liaf_ref.lock import LOCK, claimed
from liaf_ref.oracle.golden import flat, hexadecimal, manifest, npz, schema, tensors
from liaf_ref.oracle.golden.golden import Golden
from liaf_ref.oracle.golden.manifest import FORMATS
from liaf_ref.oracle.golden.store import Store, folder_store, golden_files
from liaf_ref.oracle.golden.version import FORMAT
from liaf_ref.reading import read_table

MANIFEST, SUMS, UNFINISHED = "manifest.json", "SHA256SUMS", ".liaf-golden.unfinished"
WANTED = "golden cases"
CODECS = {"safetensors": tensors, "npz": npz}


def save(folder: Path | str, goldens: Iterable[Golden], formats: Iterable[str] = FORMATS) -> None:
    """Write a set.

    Parameters
    ----------
    folder : Path or str
        Made if it is not there.  A golden set in it is replaced.
    goldens : iterable of Golden
        The cases, taken one at a time.
    formats : iterable of str
        Of ``npz``, ``safetensors`` and ``hex``, which is for exact cases alone.

    Raises
    ------
    InputError
        If one of the goldens is none, or a format another one.
    FormatError
        If a case is one that :func:`load` would refuse.
    RunError
        If the folder holds something that is no golden set, another process writes there,
        or it cannot be written.  Until everything is written it has no manifest and is
        not read.
    """
    path = check_path("folder", folder, "golden.save")
    each = _each(goldens, "golden.save")
    formats = check_items(
        "formats", formats, str, "golden.save", f"one of {', '.join(FORMATS)} each"
    )
    if not formats:
        raise InputError.of("formats", "golden.save", "expected one or more, got none")
    for name in formats:
        check_choice("formats", name, FORMATS, "golden.save")
    with claimed(path):
        try:
            _make_room(path)
            _write(path, each, formats)
            (path / UNFINISHED).unlink()
        except OSError as error:
            raise failure(Path(error.filename or path), "written", error) from error


def _write(path: Path, goldens: Iterable[Golden], formats: tuple[str, ...]) -> None:
    entries, sums = [], {}
    for golden in goldens:
        arrays = flat.flatten(golden)
        entries.append(manifest.entry(golden, arrays))
        schema.check(entries[-1:], path / MANIFEST)
        for name, content in _files(golden, arrays, formats):
            if (path / name).parent != path:
                make_folder((path / name).parent, parents=False)
            _put(path / name, content)
            sums[name] = hashlib.sha256(content).hexdigest()
    schema.check(entries, path / MANIFEST)
    content = manifest.dumps(entries, formats)
    sums[MANIFEST] = hashlib.sha256(content).hexdigest()
    _put(path / SUMS, _sums(sums))
    _put(path / MANIFEST, content)


def _put(file: Path, content: bytes) -> None:
    """Write a file of the set, which is no link: what one leads to is of somebody else."""
    if file.is_symlink():
        file.unlink()
    write_atomic(file, content)


def pack(goldens: Iterable[Golden]) -> bytes:
    """Write a set as one archive of safetensors, as the wheel carries it."""
    entries: list[manifest.Entry] = []
    members: dict[str, bytes] = {}
    for golden in _each(goldens, "golden.pack"):
        arrays = flat.flatten(golden)
        entries.append(manifest.entry(golden, arrays))
        members |= dict(_files(golden, arrays, ("safetensors",)))
    members[MANIFEST] = manifest.dumps(entries, ("safetensors",))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    return npz.archive({SUMS: _sums(sums)} | members)


def load(path: Path | str) -> tuple[Golden, ...]:
    """Read a set, every array held to its sha256.

    Parameters
    ----------
    path : Path or str
        A folder that :func:`save` wrote.

    Returns
    -------
    tuple of Golden
        In the manifest's order.

    Raises
    ------
    FormatError
        If a file is missing, cut off, changed, holds a pickle, or is of another version.
    """
    return read(folder_store(check_path("folder", path, "golden.load")))


def read(store: Store) -> tuple[Golden, ...]:
    """Read a set from wherever it is; as :func:`load`."""
    entries, formats = index(store)
    kinds = [kind for kind in CODECS if kind in formats]
    if not kinds:
        wanted = " or ".join(CODECS)
        raise FormatError(
            store.path / MANIFEST, f"formats: expected {wanted}, got {shown(formats)}"
        )
    sums = listed(store)
    for name in (f"{entry['name']}.{kinds[0]}" for entry in entries):
        if name not in sums:
            raise FormatError(store.path / name, f"expected a line of {SUMS} for it")
    return tuple(
        manifest.golden(e, arrays_of(store, e, kinds[0]), store.path / MANIFEST) for e in entries
    )


def index(store: Store) -> tuple[list[manifest.Entry], list[str]]:
    """Read a set's manifest: its cases and formats."""
    content = store.read(MANIFEST)
    found = manifest.loads(content, store.path / MANIFEST)
    line = f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n"
    if line.encode() not in store.read(SUMS):
        raise FormatError(store.path / MANIFEST, f"expected the sha256 that {SUMS} has for it")
    return found


def listed(store: Store) -> dict[str, str]:
    """The sha256 of every file that is of the set, by name."""
    lines = store.read(SUMS).decode("utf-8", "replace").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def arrays_of(store: Store, entry: manifest.Entry, kind: str) -> dict[str, Array]:
    """Read one case's arrays in one format, and hold them to the manifest."""
    name = f"{entry['name']}.{kind}"
    arrays: dict[str, Array] = CODECS[kind].loads(store.read(name), store.path / name)
    manifest.check_arrays(entry, arrays, store.path / name)
    return {name: arrays[name] for name in entry["arrays"]}


def _each(goldens: object, source: str) -> Iterator[Golden]:
    """Cases as they come, for they may be made one by one."""
    kind: type[Iterable[Any]] = Iterable  # type: ignore[type-abstract]
    if isinstance(goldens, str):
        raise InputError.of("goldens", source, f"expected {WANTED}, got {describe(goldens)}")
    found = check_instance("goldens", goldens, kind, source, WANTED)
    return (check_instance("goldens", golden, Golden, source, f"{WANTED} only") for golden in found)


def _files(
    golden: Golden, arrays: dict[str, Array], formats: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    name = golden.case.name
    for kind in formats:
        if kind == "hex" and golden.exact:
            for array in sorted(arrays):
                content = hexadecimal.dumps(arrays[array], golden.facts["frac_bits"])
                yield hexadecimal.file_name(name, array), content
        elif kind != "hex":
            yield f"{name}.{kind}", CODECS[kind].dumps(arrays)


def _sums(sums: dict[str, str]) -> bytes:
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def _make_room(path: Path) -> None:
    """Leave nothing of an older set, its manifest first, nor of one that was not finished."""
    unfinished = (path / UNFINISHED).exists()
    old = golden_files(path) if unfinished else _finished(path)
    others = any(item.name != LOCK and not item.match(LEFTOVER) for item in path.iterdir())
    if others and old is None:
        raise RunError(f"{path}: expected an empty folder or a golden set, got something else")
    _put(path / UNFINISHED, b"")
    if unfinished:
        for place in (path, path / "hex"):
            remove_leftovers(place)
    for name in (MANIFEST, *(old or ()), SUMS):
        if (path / name).resolve().is_relative_to(path.resolve()):
            (path / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # there may be none, or something of somebody else in it
        (path / "hex").rmdir()


def _finished(path: Path) -> list[str] | None:
    """The cases' files of a folder that is a golden set, of whichever version; None if not."""
    try:
        head, sums = read_table(path / MANIFEST), listed(folder_store(path))
    except FormatError:
        return None
    return [n for n in golden_files(path) if n in sums] if head.get("format") == FORMAT else None
