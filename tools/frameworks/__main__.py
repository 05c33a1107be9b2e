"""Measure the frameworks that are installed, for the tables of docs/verify/frameworks.md.

What is known of frameworks that are not installed, or that cannot be imported, stays as it is, so
that each can be measured in an environment of its own.
"""

import json
from importlib.metadata import version
from typing import Any

from frameworks import MEASURED, Measured, stored
from frameworks.neurons import FRAMEWORKS
from liaf_ref import __version__


def measure(name: str) -> dict[str, Any]:
    """The version of a framework and its neurons, in words and numbers."""
    here = __version__ if name == "liaf_ref" else version(name).partition("+")[0]
    subjects = FRAMEWORKS[name]().subjects()
    neurons = [{"neuron": text, **Measured(run, v_th).describe()} for text, run, v_th in subjects]
    return {"version": here, "neurons": neurons}


def main() -> None:
    """Write what can be measured here."""
    found = stored()
    for name in FRAMEWORKS:
        try:
            found[name] = measure(name)
        except ImportError as error:
            print(f"{name}: {error}")
    MEASURED.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
