"""Golden sets on disk: a folder that is whole or refused, and the archive a wheel carries."""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from liaf_ref.door import check_choice, check_instance, check_items, check_path
from liaf_ref.door.values import describe, shown
from liaf_ref.errors import FormatError, InputError, RunError
from liaf_ref.files import (
    LEFTOVER,
    failure,
    make_folder,
    move_together,
    remove_leftovers,
    write_atomic,
)
from liaf_ref.kernels.array import Array
from liaf_ref.lock import LOCK, claimed
from liaf_ref.oracle.golden import flat, hexadecimal, manifest, npz, schema, tensors
from liaf_ref.oracle.golden.golden import Golden
from liaf_ref.oracle.golden.manifest import FORMATS
from liaf_ref.oracle.golden.store import Store, folder_store, golden_files
from liaf_ref.oracle.golden.version import FORMAT
from liaf_ref.reading import read_table

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
NEW = ".liaf-golden.new"  # the folder in which a set is written
UNFINISHED = ".liaf-golden.unfinished"  # is there while a set takes the place of an older one
WANTED = "golden cases"
CODECS = {"safetensors": tensors, "npz": npz}


def save(folder: Path | str, goldens: Iterable[Golden], formats: Iterable[str] = FORMATS) -> None:
    """Write a set.

    Parameters
    ----------
    folder : Path or str
        Made if it is not there.  A golden set in it is replaced when the new one is written:
        until then it stands, and both are on the disk.
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
        or it cannot be written.  An older set is then as it was; only while the files of
        the new one take their names, its manifest last, is there none to be read.
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
            old = _old(path)
            with _aside(path) as new:
                names = _write(new, _contents(path, each, formats))
                _check_free(path, names)
                _replace(path, old, new, names)
        except OSError as error:
            raise failure(Path(error.filename or path), "written", error) from error


def _contents(
    path: Path, goldens: Iterable[Golden], formats: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    """Every file of a set by name, its manifest last."""
    entries, sums = [], {}
    for golden in goldens:
        arrays = flat.flatten(golden)
        entries.append(manifest.entry(golden, arrays))
        schema.check(entries[-1:], path / MANIFEST)
        for name, content in _files(golden, arrays, formats):
            sums[name] = hashlib.sha256(content).hexdigest()
            yield name, content
    schema.check(entries, path / MANIFEST)
    content = manifest.dumps(entries, formats)
    sums[MANIFEST] = hashlib.sha256(content).hexdigest()
    yield SUMS, _sums(sums)
    yield MANIFEST, content


def _write(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[str]:
    """Write files as they come; their names."""
    names = []
    for name, content in files:
        if (folder / name).parent != folder:
            make_folder((folder / name).parent, parents=False)
        _put(folder / name, content)
        names.append(name)
    return names


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


def _old(path: Path) -> list[str]:
    """The cases' files of an older set, or of one that was not finished; none if there is none."""
    old = golden_files(path) if (path / UNFINISHED).exists() else _finished(path)
    others = (item for item in path.iterdir() if item.name not in (LOCK, NEW))
    if old is None and any(not item.match(LEFTOVER) for item in others):
        raise RunError(f"{path}: expected an empty folder or a golden set, got something else")
    return old or []


@contextlib.contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A folder to write a set in, on the disk of its place; it is gone afterwards."""
    new = path / NEW
    if new.is_symlink():
        new.unlink()
    make_folder(new, parents=False)
    _remove(new, golden_files(new))
    try:
        yield new
    finally:
        with contextlib.suppress(OSError, RunError):  # what stays is removed by the next one
            _remove(new, golden_files(new))
            new.rmdir()


def _check_free(path: Path, names: list[str]) -> None:
    """Refuse, while the older set stands, what no file of the new one can replace."""
    files = {path / name for name in names}
    for place in sorted(files | {file.parent for file in files} - {path}):
        wanted = "a file" if place in files else "a folder"
        stands = place.exists() and not place.is_symlink()
        if stands and place.is_dir() == (place in files):
            raise RunError(f"{place}: expected {wanted} of a golden set, got something else")


def _replace(path: Path, old: list[str], new: Path, names: list[str]) -> None:
    """Put a set that is written in the place of an older one."""
    _put(path / UNFINISHED, b"")
    _remove(path, old)
    move_together(names, new, path)
    (path / UNFINISHED).unlink()


def _remove(path: Path, names: list[str]) -> None:
    """Remove files of a set, its manifest first, and what was left half written."""
    inside = path.resolve()
    for name in (MANIFEST, *names, SUMS):
        if (path / name).resolve().is_relative_to(inside):
            (path / name).unlink(missing_ok=True)
    for place in (path, path / "hex"):
        if place.resolve().is_relative_to(inside):
            remove_leftovers(place)
    with contextlib.suppress(OSError):  # there may be none, or something of somebody else in it
        (path / "hex").rmdir()


def _finished(path: Path) -> list[str] | None:
    """The cases' files of a folder that is a golden set, of whichever version; None if not."""
    try:
        head, sums = read_table(path / MANIFEST), listed(folder_store(path))
    except FormatError:
        return None
    return [n for n in golden_files(path) if n in sums] if head.get("format") == FORMAT else None
