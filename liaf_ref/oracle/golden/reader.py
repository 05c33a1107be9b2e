"""Read golden sets; an incomplete or damaged set is refused."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from liaf_ref._core.errors import FormatError
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_path
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.golden import manifest
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.set_files import CODECS
from liaf_ref.oracle.golden.store import CHECKSUMS, MANIFEST, Store, folder_store


def load(path: Path | str) -> tuple[GoldenCase, ...]:
    """Read a set, and check every array against its sha256."""
    return read_store(folder_store(check_path("folder", path, "golden.load")))


def read_store(
    store: Store, keep: Callable[[manifest.Entry], bool] = lambda entry: True
) -> tuple[GoldenCase, ...]:
    """Read a set from wherever it is; as :func:`load`."""
    entries, formats = read_manifest(store)
    kinds = [kind for kind in CODECS if kind in formats]
    if not kinds:
        expected = " or ".join(CODECS)
        raise FormatError(
            store.path / MANIFEST, f"formats: expected {expected}, got {short_repr(formats)}"
        )
    sums = read_checksums(store)
    for name in (f"{entry['name']}.{kinds[0]}" for entry in entries):
        if name not in sums:
            raise FormatError(
                store.path / name, f"expected a checksum for this file in {CHECKSUMS}, got none"
            )
    return tuple(
        manifest.golden_case(e, read_arrays(store, e, kinds[0]), store.path / MANIFEST)
        for e in entries
        if keep(e)
    )


def read_manifest(store: Store) -> tuple[list[manifest.Entry], list[str]]:
    """Read a set's manifest: its cases and formats."""
    content = store.read(MANIFEST)
    found = manifest.loads(content, store.path / MANIFEST)
    line = f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n"
    if line.encode() not in store.read(CHECKSUMS):
        raise FormatError(
            store.path / MANIFEST,
            f"expected content that matches its checksum in {CHECKSUMS}, got altered content",
        )
    return found


def read_checksums(store: Store) -> dict[str, str]:
    """The sha256 of every file that is of the set, by name."""
    lines = store.read(CHECKSUMS).decode("utf-8", "replace").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def read_arrays(store: Store, entry: manifest.Entry, kind: str) -> dict[str, Array]:
    """Read one case's arrays in one format, and check them against the manifest."""
    name = f"{entry['name']}.{kind}"
    arrays: dict[str, Array] = CODECS[kind].loads(store.read(name), store.path / name)
    manifest.check_arrays(entry, arrays, store.path / name)
    return {name: arrays[name] for name in entry["arrays"]}
