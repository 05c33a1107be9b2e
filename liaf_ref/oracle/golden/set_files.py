"""What a golden set holds: every file by its name, or all in one archive."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import check_instance
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.golden import (
    array_dict,
    hexadecimal,
    manifest,
    npz,
    safetensors_format,
    schema,
)
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.store import CHECKSUMS, MANIFEST

EXPECTED_KIND = "golden cases"
CODECS = {"safetensors": safetensors_format, "npz": npz}


def iter_files(
    path: Path, cases: Iterable[GoldenCase], formats: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    """Every file of a set by name, its manifest last."""
    entries, sums = [], {}
    for golden in cases:
        arrays = array_dict.flatten(golden)
        entries.append(manifest.case_entry(golden, arrays))
        schema.check_entries(entries[-1:], path / MANIFEST)
        for name, content in _case_files(golden, arrays, formats):
            sums[name] = hashlib.sha256(content).hexdigest()
            yield name, content
    schema.check_entries(entries, path / MANIFEST)
    content = manifest.dumps(entries, formats)
    sums[MANIFEST] = hashlib.sha256(content).hexdigest()
    yield CHECKSUMS, _format_checksums(sums)
    yield MANIFEST, content


def pack_archive(cases: Iterable[GoldenCase]) -> bytes:
    """Write a set as one archive of safetensors, as the wheel carries it."""
    entries: list[manifest.Entry] = []
    members: dict[str, bytes] = {}
    for golden in iter_golden_cases(cases, "golden.pack_archive"):
        arrays = array_dict.flatten(golden)
        entries.append(manifest.case_entry(golden, arrays))
        members |= dict(_case_files(golden, arrays, ("safetensors",)))
    members[MANIFEST] = manifest.dumps(entries, ("safetensors",))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    return npz.archive({CHECKSUMS: _format_checksums(sums)} | members)


def iter_golden_cases(cases: object, source: str) -> Iterator[GoldenCase]:
    """Cases as they come, for they may be made one by one."""
    kind: type[Iterable[Any]] = Iterable  # type: ignore[type-abstract]
    if isinstance(cases, str):
        raise InputError.for_argument(
            "cases", source, f"expected {EXPECTED_KIND}, got {describe_value(cases)}"
        )
    found = check_instance("cases", cases, kind, source, EXPECTED_KIND)
    return (
        check_instance("cases", golden, GoldenCase, source, f"{EXPECTED_KIND} only")
        for golden in found
    )


def _case_files(
    golden: GoldenCase, arrays: dict[str, Array], formats: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    name = golden.case.name
    for kind in formats:
        if kind == "hex" and "frac_bits" in golden.metadata:
            bits = hexadecimal.word_bits(golden.metadata)
            for array in sorted(arrays):
                content = hexadecimal.dumps(arrays[array], golden.metadata["frac_bits"], bits)
                yield hexadecimal.file_name(name, array), content
        elif kind != "hex":
            yield f"{name}.{kind}", CODECS[kind].dumps(arrays)


def _format_checksums(sums: dict[str, str]) -> bytes:
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
