"""Importing the package is cheap: lazy_loader and NumPy at most."""

import json
from pathlib import Path

import pytest
from support import start_python, wait_for

SHOW = """
import json, sys
before = set(sys.modules)
import {module}
found = {{name.partition(".")[0] for name in set(sys.modules) - before}}
found = {{name for name in found if "cython" not in name}}  # NumPy's own
print(json.dumps(sorted(found - set(sys.stdlib_module_names) - {{"__mp_main__", "lazy_loader"}})))
"""


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("liaf_ref", ["liaf_ref"]),
        ("liaf_ref.kernels", ["liaf_ref"]),
        ("liaf_ref.layers", ["liaf_ref"]),
        ("liaf_ref.layers.driven", ["liaf_ref", "numpy"]),
        ("liaf_ref.data", ["liaf_ref"]),
        ("liaf_ref.data.babi.generate", ["liaf_ref", "numpy"]),
        ("liaf_ref.data.events.datasets.verify", ["liaf_ref", "numpy"]),
        ("liaf_ref.data.simulator.comparison", ["liaf_ref", "numpy"]),
        ("liaf_ref.analysis.op_count", ["liaf_ref", "numpy"]),
        ("liaf_ref.networks", ["liaf_ref"]),
        ("liaf_ref.networks.vision", ["liaf_ref", "numpy"]),
        ("liaf_ref.training.loop", ["liaf_ref", "numpy"]),
        ("liaf_ref.experiments.babi", ["liaf_ref", "numpy"]),
        ("liaf_ref.experiments.runner.execute", ["liaf_ref", "numpy", "threadpoolctl"]),
    ],
)
def test_a_module_loads_numpy_at_most(tmp_path: Path, module: str, expected: list[str]) -> None:
    code, out, err = wait_for(start_python("-c", SHOW.format(module=module), cwd=tmp_path))
    assert (code, err) == (0, "")
    assert json.loads(out) == expected


RUN = """
import collections, json, sys
from liaf_ref._core.declared import Declared
from liaf_ref.cli import main
from liaf_ref.experiments import babi

calls = collections.Counter()
for name in ("load", "split", "build_network"):
    def counted(*args, whole=getattr(babi.BabiExperiment, name), name=name):
        calls[name] += 1
        return whole(*args)
    setattr(babi.BabiExperiment, name, counted)
def checked(self, whole=Declared.__post_init__):
    calls["checks of alpha"] += getattr(self, "alpha", None) == 0.4375
    whole(self)
Declared.__post_init__ = checked
main("run babi --generated --cells lif --alpha 0.4375 --epochs 1 --out o".split())
loaded = [name for name in sys.modules if name.partition(".")[0] == "liaf_ref"]
print(json.dumps([calls, loaded]))
"""


def test_a_run_prepares_and_checks_once_and_reads_no_recordings(tmp_path: Path) -> None:
    code, out, _ = wait_for(start_python("-c", RUN, cwd=tmp_path))
    calls, loaded = json.loads(out.splitlines()[-1])
    once = dict.fromkeys(("load", "split", "build_network", "checks of alpha"), 1)
    assert (code, calls) == (0, once)
    assert not [name for name in loaded if "events" in name or "simulator" in name]
    assert len(loaded) <= 120
