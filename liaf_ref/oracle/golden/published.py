"""The golden set of the package."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import short_repr, suggest_name
from liaf_ref._core.validation import check_instance
from liaf_ref.oracle.case import check_levels
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.store import Store, archive_store, read_manifest, read_store

ARCHIVE = "golden-1.zip"


def golden_cases(
    levels: str | Iterable[str] | None = None, pattern: str = "*"
) -> tuple[GoldenCase, ...]:
    """Read the golden cases: small networks with known outputs, states and gradients.

    Parameters
    ----------
    levels : str or iterable of str, optional
        Levels to read, such as ``"L0"`` or ``"L0,L2..L4"``; all by default.
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
    ``L0`` 239   one operation: a neuron, a convolution, a recurrent cell, a loss, ...
    ``L1`` 84    two or three operations, such as synapses and a neuron
    ``L2`` 45    a block: layers in sequence
    ``L3`` 26    a network with its loss
    ``L4`` 23    training: one optimizer step, and the loss over ten
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
    store = published_store()
    found = read_store(
        store, lambda entry: entry["level"] in chosen and fnmatchcase(entry["name"], pattern)
    )
    if not found:
        known = [entry["name"] for entry in read_manifest(store)[0] if entry["level"] in chosen]
        raise no_match(pattern, known, chosen, "golden_cases")
    return found


def golden_case(name: str) -> GoldenCase:
    """Read one golden case by name.

    Parameters
    ----------
    name : str
        Name of the case, such as ``l0_lif_all_mu0300``.

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
    store = published_store()
    found = read_store(store, lambda entry: entry["name"] == name)
    if not found:
        known = [entry["name"] for entry in read_manifest(store)[0]]
        reason = (
            f"expected the name of one of the {len(known)} golden cases, got {short_repr(name)}"
        )
        raise InputError.for_argument("name", "golden_case", reason + similar_case(name, known))
    return found[0]


def no_match(pattern: str, names: Sequence[str], levels: Sequence[str], where: str) -> InputError:
    """The error for a pattern that no case of some levels matches."""
    reason = f"expected a pattern that matches a golden case of {', '.join(levels)}"
    hint = similar_case(pattern, names)
    return InputError.for_argument("pattern", where, f"{reason}, got {pattern!r}{hint}")


def similar_case(name: str, known: Sequence[str]) -> str:
    """The end of a message: the case that begins with a text, or the most similar one."""
    text = name.strip("*")
    longer = [k for k in known if k.startswith(text)] or [k for k in known if text in k]
    similar = longer[0] if longer else suggest_name(name, known)
    return f"; did you mean {similar}?" if similar else "; golden_cases() lists all"


def published_store() -> Store:
    """Where it is."""
    place = files("liaf_ref.oracle") / "data" / ARCHIVE
    return archive_store(Path(str(place)), place.read_bytes())
