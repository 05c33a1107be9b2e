"""Measure the frameworks that are installed, for the tables of docs/verify/frameworks.

What is known of frameworks that are not installed, or that cannot be imported, stays as it is, so
that each can be measured in an environment of its own.  The figure is drawn if all whose spikes
have a gradient are here.
"""

import json

from frameworks import FRAMEWORKS, NeuronMeasurement, installed_version, measure_frameworks
from frameworks.tables import DOCS, MEASURED, describe, draw_surrogates, stored

FIGURE = DOCS / "results" / "surrogates.png"
NO_GRADIENTS = ("bindsnet", "nengo")


def main() -> None:
    """Write what can be measured here."""
    first: dict[str, NeuronMeasurement] = {}
    pages = stored()
    for page in pages:
        here = {name: installed_version(name) for name in page["versions"]}
        names = ", ".join(here)
        if None in here.values():
            print(f"{names}: not installed")
            continue
        try:
            rows = measure_frameworks([*here])
        except ImportError as error:
            print(f"{names}: {error}")
            continue
        first |= {row.framework: row for row in reversed(rows)}
        page |= {"versions": here, "neurons": [describe(row) for row in rows]}
    MEASURED.write_text(json.dumps(pages, indent=1) + "\n", "utf-8")
    differentiated = [name for name in FRAMEWORKS if name not in NO_GRADIENTS]
    if first.keys() >= set(differentiated):
        FIGURE.write_bytes(draw_surrogates([first[name] for name in differentiated]))


if __name__ == "__main__":
    main()
