"""Figures that tests measure, kept with the test in pytest's report, build/tests.xml."""

_sinks: list[list[tuple[str, object]]] = []


def record_into(properties: list[tuple[str, object]]) -> None:
    """Keep what is measured from now on in the properties of a test."""
    _sinks[:] = [properties]


def record(name: str, value: float) -> None:
    """Keep a figure with the test that runs."""
    for properties in _sinks:
        properties.append((name, f"{value:.17g}"))
