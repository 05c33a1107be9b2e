"""What a golden set holds: every file by its name, or all in one archive."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from liaf_ref.door import check_instance
from liaf_ref.door.values import describe
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.golden import flat, hexadecimal, manifest, npz, schema, tensors
from liaf_ref.oracle.golden.golden import Golden
from liaf_ref.oracle.golden.store import MANIFEST, SUMS

WANTED = "golden cases"
CODECS = {"safetensors": tensors, "npz": npz}


def contents(
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


def pack(goldens: Iterable[Golden]) -> bytes:
    """Write a set as one archive of safetensors, as the wheel carries it."""
    entries: list[manifest.Entry] = []
    members: dict[str, bytes] = {}
    for golden in each_golden(goldens, "golden.pack"):
        arrays = flat.flatten(golden)
        entries.append(manifest.entry(golden, arrays))
        members |= dict(_files(golden, arrays, ("safetensors",)))
    members[MANIFEST] = manifest.dumps(entries, ("safetensors",))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    return npz.archive({SUMS: _sums(sums)} | members)


def each_golden(goldens: object, source: str) -> Iterator[Golden]:
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
