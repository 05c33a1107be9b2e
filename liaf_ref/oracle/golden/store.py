"""Golden sets as files: read from a folder or from the archive of the package, and written."""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from itertools import starmap
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from liaf_ref._core.errors import FormatError, InputError, unexpected
from liaf_ref._core.locks import write_folder
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, read_bytes, read_json_object
from liaf_ref._core.text import did_you_mean, short_repr
from liaf_ref._core.validation import check_instance, check_items, check_path
from liaf_ref.oracle.case import check_levels
from liaf_ref.oracle.golden import manifest
from liaf_ref.oracle.golden.cases import Files, GoldenCase, flatten, from_safetensors, to_files
from liaf_ref.oracle.golden.manifest import FORMAT, FORMATS, NAME_PATTERN, Entry

MANIFEST, CHECKSUMS = "manifest.json", "SHA256SUMS"
CASE_FILE_PATTERN = re.compile(rf"{NAME_PATTERN}\.safetensors|hex/{NAME_PATTERN}\.[^/]+\.hex")
Place: TypeAlias = Path | zipfile.Path  # a folder, or an archive of the package
Sums = Mapping[str, str]  # the sha256 of every file that is of a set, by name


class Filed(NamedTuple):
    """A case that is not read yet: where it is, what the manifest says, and the sums of its set."""

    place: Place
    entry: Entry
    sums: Sums

    def read(self) -> GoldenCase:
        """Check it and read it."""
        name = f"{self.entry['name']}.safetensors"
        path = path_of(self.place, name)
        if isinstance(self.place, Path):  # the package's own manifest is checked by `audit` alone
            manifest.check_entry(self.entry, self.place / MANIFEST)
        content = read_checked(self.place, name, self.sums)
        with manifest.about(path, self.entry):
            return manifest.golden_case(self.entry, from_safetensors(content, path), path)


class FiledCases(Sequence[GoldenCase]):
    """Cases of sets, each read when it is asked for; names and levels are known before."""

    def __init__(self, filed: Iterable[Filed]) -> None:
        self.filed = tuple(filed)
        self.names = tuple(each.entry["name"] for each in self.filed)
        self.levels = tuple(each.entry["level"] for each in self.filed)

    def __len__(self) -> int:
        return len(self.filed)

    def __getitem__(self, k: Any) -> Any:
        return FiledCases(self.filed[k]) if isinstance(k, slice) else self.filed[k].read()


def load(path: Path | str) -> tuple[GoldenCase, ...]:
    """Read a set, and check every file against its sha256."""
    return tuple(filed_cases(check_path("folder", path, "golden.load")))


def filed_cases(*places: Place) -> FiledCases:
    """The cases of sets."""
    found: list[Filed] = []
    for place in places:
        entries, formats, sums = read_set(place)
        if FORMATS[0] not in formats:
            reason = f"formats: expected {FORMATS[0]}, got {short_repr(formats)}"
            raise FormatError(path_of(place, MANIFEST), reason)
        found += [Filed(place, entry, sums) for entry in entries]
    return FiledCases(found)


def read_set(place: Place) -> tuple[list[Entry], list[str], Sums]:
    """Read a set's cases and formats; the manifest must be the one that its checksums name."""
    lines = read_file(place, CHECKSUMS).decode("utf-8", "replace").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    return *manifest.loads(read_checked(place, MANIFEST, sums), path_of(place, MANIFEST)), sums


def read_checked(place: Place, name: str, sums: Sums) -> bytes:
    """Read a file of a set, whose sha256 is listed."""
    content, digest = read_file(place, name), sums.get(name)
    if digest != hashlib.sha256(content).hexdigest():
        what = "a checksum for this file" if digest is None else "content that matches its checksum"
        got = "none" if digest is None else "altered"
        raise FormatError(path_of(place, name), f"expected {what} in {CHECKSUMS}, got {got}")
    return content


def read_file(place: Place, name: str) -> bytes:
    """Read a file of a set; of a folder, none that a link has outside of it."""
    path = path_of(place, name)
    if isinstance(place, zipfile.Path):
        try:
            return place.root.read(name)
        except Exception as error:  # a damaged file makes zipfile and zlib raise anything
            raise FormatError(path, f"cannot be read: {short_repr(error)}") from error
    if not (found := path.resolve()).is_relative_to(place.resolve()):
        raise FormatError(path, f"expected a file in the golden set, got a symlink to {found}")
    return read_bytes(path, "a file of the set", MAX_TEXT_BYTES)


def path_of(place: Place, name: str) -> Path:
    """Where a file is, for messages."""
    return Path(str(place), name)


def case_files(folder: Path) -> list[str]:
    """Everything in a folder that is named like a file of a case."""
    found = [*folder.glob("*"), *folder.glob("hex/*")]
    names = (path.relative_to(folder).as_posix() for path in found if path.is_file())
    return sorted(name for name in names if CASE_FILE_PATTERN.fullmatch(name))


def save(folder: Path | str, cases: Iterable[GoldenCase], formats: Iterable[str] = FORMATS) -> None:
    """Write a set; an older one is replaced when the new one is complete."""
    path = check_path("folder", folder, "golden.save")
    kinds = f"some of {', '.join(FORMATS)}"
    formats = check_items("formats", formats, str, "golden.save", kinds)
    if not formats or not {*formats} <= {*FORMATS}:
        raise unexpected("formats", formats, "golden.save", kinds)
    if isinstance(cases, str) or not isinstance(cases, Iterable):
        raise unexpected("cases", cases, "golden.save", "golden cases")
    write_folder(path, _files(path, cases, formats), _is_set)


def _files(path: Path, cases: Iterable[GoldenCase], formats: Sequence[str]) -> Files:
    """The files of each case by name, the manifest, and the checksums of all."""
    entries, sums = list[Entry](), dict[str, str]()

    def summed(name: str, content: bytes) -> tuple[str, bytes]:
        sums[name] = hashlib.sha256(content).hexdigest()
        return name, content

    for given in cases:  # they may be made one by one
        golden = check_instance("cases", given, GoldenCase, "golden.save", "golden cases only")
        arrays = flatten(golden)
        entry = manifest.check_entry(manifest.case_entry(golden, arrays), path / MANIFEST)
        if golden.name in {entry["name"] for entry in entries}:
            reason = f"case {entry['name']}: expected each name once, got it twice"
            raise FormatError(path / MANIFEST, reason)
        entries.append(entry)
        yield from starmap(summed, to_files(golden, arrays, formats))
    yield summed(MANIFEST, manifest.dumps(entries, formats))
    yield CHECKSUMS, "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def _is_set(path: Path) -> bool:
    """Whether a folder holds a golden set, of any version, and nothing else."""
    try:
        is_set = read_json_object(path / MANIFEST).get("format") == FORMAT
    except FormatError:
        return False
    found = {file.relative_to(path).as_posix() for file in path.rglob("*") if not file.is_dir()}
    return is_set and found <= {MANIFEST, CHECKSUMS, *case_files(path)}


HOW_TO_LIST = "; golden_cases() lists all"


def golden_cases(
    levels: str | Iterable[str] | None = None, pattern: str = "*"
) -> tuple[GoldenCase, ...]:
    """Read the golden cases: small networks with known outputs, states and gradients.

    Parameters
    ----------
    levels : str or iterable of str, optional
        Levels to read, such as ``"L0"`` or ``"L0,L2"``; all by default.
    pattern : str
        Pattern of case names, with ``*`` and ``?``. A name consists of the level, the layer and
        its options: ``l0_lif_all_mu0300`` is a LIF neuron with shared parameters and mu = 0.3.

    Returns
    -------
    tuple of GoldenCase
        ``case`` has the network and its inputs, ``expected`` the answer. Every call returns new
        arrays.

    Raises
    ------
    InputError
        If a level does not exist, or no case matches ``pattern``.
    FormatError
        If the installed file is damaged.

    Notes
    -----
    ====== ===== ===================================================================
    level  cases each is
    ====== ===== ===================================================================
    ``L0`` 243   one operation: a neuron, a convolution, a recurrent cell, a loss, ...
    ``L1`` 86    two or three operations, such as synapses and a neuron
    ``L2`` 46    a block: layers in sequence
    ``L3`` 26    a network with its loss
    ``L4`` 24    training: one optimizer step, and the loss over ten
    ====== ===== ===================================================================

    Examples
    --------
    >>> import liaf_ref as lr
    >>> for golden in lr.golden_cases("L0", "l0_lif_all_mu0*"):
    ...     print(golden.name, golden.case["in/X"].shape)
    l0_lif_all_mu0500 (2, 6, 4)
    l0_lif_all_mu0300 (2, 6, 4)
    l0_lif_all_mu0500_detached (2, 6, 4)
    """
    chosen = check_levels(levels, "golden_cases")
    check_instance("pattern", pattern, str, "golden_cases", "a pattern of names")
    stored = [f for f in published_cases().filed if "draw" not in f.entry]
    known = [f for f in stored if f.entry["level"] in chosen]
    found = [filed for filed in known if fnmatchcase(filed.entry["name"], pattern)]
    if not found:
        raise no_match(pattern, FiledCases(known).names, chosen, "golden_cases")
    return tuple(FiledCases(found))


def golden_case(name: str) -> GoldenCase:
    """Read one golden case by name, or one of the 500 random cases of the package.

    Parameters
    ----------
    name : str
        Name of the case, such as ``l0_lif_all_mu0300`` or ``random-0-0042``.

    Returns
    -------
    GoldenCase
        The case with the expected answer and its tolerances.

    Raises
    ------
    InputError
        If no case has this name. The message suggests a similar name.
    FormatError
        If the installed file is damaged.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> lr.golden_case("l0_lif_all_mu0300").case.level
    'L0'
    >>> lr.golden_case("l0_lif_all_mu030")
    Traceback (most recent call last):
        ...
    liaf_ref._core.errors.InputError: ... did you mean l0_lif_all_mu0300?
    """
    check_instance("name", name, str, "golden_case", "the name of a case")
    known = published_cases()
    if name not in known.names:
        reason = f"expected the name of one of the {len(known)} cases, got {short_repr(name)}"
        hint = did_you_mean(name, known.names, HOW_TO_LIST)
        raise InputError.for_argument("name", "golden_case", reason + hint)
    return known[known.names.index(name)]  # type: ignore[no-any-return]


def no_match(pattern: str, names: Sequence[str], levels: Sequence[str], where: str) -> InputError:
    """The error for a pattern that no case of some levels matches."""
    reason = f"expected a pattern that matches a golden case of {', '.join(levels)}"
    longer = [name for name in names if pattern.strip("*") in name]
    hint = did_you_mean([*longer, pattern][0], names, HOW_TO_LIST)
    return InputError.for_argument("pattern", where, f"{reason}, got {pattern!r}{hint}")


@cache
def published_cases() -> FiledCases:
    """The golden cases, and the drawn ones, of which none is read yet."""
    return filed_cases(*published_sets())


def published_sets() -> list[zipfile.Path]:
    """The sets of the package: the golden cases, and 500 drawn ones."""
    found: list[zipfile.Path] = []
    for name in ("golden-1.zip", "drawn-1.zip"):
        place = files("liaf_ref.oracle") / "data" / name
        try:
            archive = zipfile.ZipFile(io.BytesIO(place.read_bytes()))
        except zipfile.BadZipFile as error:
            raise FormatError(str(place), f"cannot be read: {error}") from error
        archive.filename = str(place)
        found.append(zipfile.Path(archive))
    return found
