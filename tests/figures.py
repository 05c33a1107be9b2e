"""Figures that tests measure, kept with the test in pytest's report for ``tools/promises.py``."""

_heard: list[list[tuple[str, object]]] = []


def listen(properties: list[tuple[str, object]]) -> None:
    """Keep what is measured from now on in the properties of a test."""
    _heard[:] = [properties]


def record(name: str, value: float) -> None:
    """Keep a figure with the test that runs."""
    for properties in _heard:
        properties.append((name, f"{value:.17g}"))
