"""Whether a set is what it was, and whether its descriptions still give it."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from liaf_ref.door import check_instance, check_items, check_path
from liaf_ref.door.values import brief
from liaf_ref.errors import FormatError
from liaf_ref.oracle.golden import hexadecimal, manifest
from liaf_ref.oracle.golden.contents import CODECS
from liaf_ref.oracle.golden.golden import Golden
from liaf_ref.oracle.golden.make import generate
from liaf_ref.oracle.golden.published import store as published_store
from liaf_ref.oracle.golden.reader import arrays_of, index, listed
from liaf_ref.oracle.golden.store import MANIFEST, SUMS, Store, folder_store


class Verdict(NamedTuple):
    """What was found of one case; no problem, or the first one in words."""

    case: str
    problem: str | None


def verify(goldens: Iterable[Golden], again: Iterable[Golden] | None = None) -> Iterator[Verdict]:
    """Hold a set to its regeneration.

    Parameters
    ----------
    goldens : iterable of Golden
        The set, as :func:`published` or :func:`load` gives it.
    again : iterable of Golden, optional
        What to hold it to; by default :func:`generate`, which takes minutes.

    Yields
    ------
    Verdict
        Per case.  An exact case must be the same byte for byte; the answer of another
        may differ by its tolerance in float64, for other processors sum in another order.
    """
    found = check_items("goldens", goldens, Golden, "golden.verify", "golden cases")
    set_by_name = {golden.case.name: golden for golden in found}
    for fresh in generate() if again is None else again:
        check_instance("again", fresh, Golden, "golden.verify", "golden cases")
        old = set_by_name.pop(fresh.case.name, None)
        yield Verdict(fresh.case.name, "not in the set" if old is None else _difference(old, fresh))
    yield from (Verdict(name, "has no description") for name in set_by_name)


def audit(folder: Path | str | None = None) -> Iterator[Verdict]:
    """Hold every file of a set to its hashes, in every format.

    Parameters
    ----------
    folder : Path or str, optional
        A golden set; by default the one that comes with the package.

    Yields
    ------
    Verdict
        Per case, and one of ``SHA256SUMS`` if files that it does not list look like cases.

    Raises
    ------
    FormatError
        If the set has no manifest of this version.
    """
    place = _store(folder)
    entries, formats = index(place)
    sums = listed(place)
    for entry in entries:
        try:
            _check_files(place, entry, formats, sums)
            yield Verdict(entry["name"], None)
        except FormatError as error:
            yield Verdict(entry["name"], str(error))
    if strays := [name for name in place.names() if name not in sums]:
        yield Verdict(SUMS, f"does not list {', '.join(strays)}")


def _store(folder: Path | str | None) -> Store:
    if folder is None:
        return published_store()
    return folder_store(check_path("folder", folder, "golden.audit"))


def _check_files(
    place: Store, entry: manifest.Entry, formats: list[str], sums: dict[str, str]
) -> None:
    for kind in (kind for kind in CODECS if kind in formats):
        arrays_of(place, entry, kind)
        _check_sum(place, f"{entry['name']}.{kind}", sums)
    if entry["exact"] and "hex" in formats:
        for array in entry["arrays"]:
            _check_sum(place, hexadecimal.file_name(entry["name"], array), sums)


def _check_sum(place: Store, name: str, sums: dict[str, str]) -> None:
    came, wanted = hashlib.sha256(place.read(name)).hexdigest(), sums.get(name)
    if came != wanted:
        reason = f"expected sha256 {wanted and brief(wanted)} of {SUMS}, got {came}"
        raise FormatError(place.path / name, reason)


def _difference(old: Golden, fresh: Golden) -> str | None:
    if _description(old) != _description(fresh):
        return f"expected the description of {MANIFEST}"
    if old.expected.keys() != fresh.expected.keys():
        return "expected the same arrays"
    same = [(name, old.case[name], array) for name, array in fresh.case.items()]
    answers = [(name, old.expected[name], array) for name, array in fresh.expected.items()]
    for name, before, now in same + answers:
        if before.shape != now.shape:
            return f"array {name}: expected shape {now.shape}, got {before.shape}"
    for name, before, now in same + (answers if old.exact else []):
        if manifest.digest(before) != manifest.digest(now):
            return f"array {name}: expected the same bytes"
    for name, before, now in answers:
        off = np.abs(before - now)
        if not (off <= old.tolerance["float64"][name]).all():
            return f"array {name}: off by {off.max():.3g}, more than float64 explains"
    return None


def _description(golden: Golden) -> tuple[object, ...]:
    case = golden.case
    nodes = tuple((n.name, n.op, tuple(n.inputs), dict(n.options)) for n in case.nodes)
    head = case.level, nodes, case.optimiser, case.about, sorted(case)
    return (*head, golden.required, golden.exact)
