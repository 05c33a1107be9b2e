"""Suggest a known name for an unknown one."""

import difflib
from collections.abc import Iterable


def suggest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to ``name``; None if none is close."""
    names = {own.lower(): own for own in known}
    near = difflib.get_close_matches(name.lower(), names, n=1)
    return names[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """The end of a message: the known name closest to ``name``; another text if none is close."""
    near = suggest_name(name, known)
    return f"; did you mean {near}?" if near else otherwise
