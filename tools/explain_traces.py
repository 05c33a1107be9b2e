"""Print the table of docs/verify/explain-a-trace.md.

``python tools/explain_traces.py TRACES``
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from liaf_ref.interop.nir_neuron import read_neuron
from liaf_ref.oracle import explain_trace
from liaf_ref.oracle.explain.choices import in_short

DT = 1e-4  # s
COLUMNS = {
    "decay": "decay",
    "gain": "input gain",
    "reset": "reset",
    "timing": "time of the reset",
    "shown": "shown potential",
    "input_delay": "input delay",
    "spike_delay": "spike delay",
    "scale": "scale",
}


def table(folder: Path) -> Iterator[str]:
    """One row for each trace ``lif_NAME.csv`` of the neuron in ``lif_norse.nir``."""
    yield f"| trace | {' | '.join(COLUMNS.values())} | within | also possible |"
    yield "|" + "---|" * (len(COLUMNS) + 3)
    params = read_neuron(folder / "lif_norse.nir")
    for path in sorted(folder.glob("lif_*.csv")):
        found = explain_trace(path, params, dt=DT)
        names = [found.conventions[part] for part in COLUMNS]
        within = found.precision if found.explained else f"{found.departures} departures"
        others = "; ".join(
            f"{part.replace('_', ' ')} {', '.join(in_short(names))}"
            for part, names in found.alternatives.items()
        )
        yield f"| {path.stem.removeprefix('lif_')} | {' | '.join(names)} | {within} | {others} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of recorded traces")
    print("\n".join(table(parser.parse_args().folder)))
