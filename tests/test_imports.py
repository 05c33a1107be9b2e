"""Importing the package is cheap: lazy_loader and NumPy at most."""

import json
from pathlib import Path

from support import start_python, wait_for

NOTHING = ["liaf_ref", *(f"liaf_ref.{x}" for x in ("kernels", "layers", "data", "networks"))]
NUMPY = """
    layers.driven data.babi.generate data.events.datasets.verify data.simulator.comparison
    analysis.op_count networks.vision training.loop experiments.babi
"""
THREADS = "liaf_ref.experiments.runner.execute"
SHOW = """
import importlib, json, sys, time
before = set(sys.modules)
start, found = time.process_time(), []
for module in sys.argv[1:]:
    importlib.import_module(module)
    new = {name.partition(".")[0] for name in set(sys.modules) - before}
    new = {name for name in new if "cython" not in name}  # NumPy's own
    known = set(sys.stdlib_module_names) | {"__mp_main__", "lazy_loader"}
    found.append([module, sorted(new - known), time.process_time() - start])
print(json.dumps(found))
"""


def test_a_module_loads_numpy_at_most(tmp_path: Path) -> None:
    numpy = [f"liaf_ref.{name}" for name in NUMPY.split()]
    started = start_python("-c", SHOW, *NOTHING, *numpy, THREADS, cwd=tmp_path)
    code, out, err = wait_for(started)
    assert (code, err) == (0, "")
    loaded = {module: " ".join(others) for module, others, _ in json.loads(out)}
    expected = dict.fromkeys(NOTHING, "liaf_ref") | dict.fromkeys(numpy, "liaf_ref numpy")
    assert loaded == expected | {THREADS: "liaf_ref numpy threadpoolctl"}
    assert json.loads(out)[0][2] < 0.15  # s of the processor, of `import liaf_ref`


RUN = """
import collections, json, sys
from liaf_ref._core.declared import Declared
from liaf_ref.cli import main
from liaf_ref.experiments.babi import BabiExperiment as Babi

codes = {f.__code__: f.__name__ for f in (Babi.load, Babi.split, Babi.build_network)}
codes[Declared.__post_init__.__code__] = "checks of alpha"
calls = collections.Counter()
def count(frame, event, _):
    if event == "call" and (name := codes.get(frame.f_code)):
        alpha = getattr(frame.f_locals["self"], "alpha", None)
        calls[name] += alpha == 0.4375 or name[:6] != "checks"
sys.setprofile(count)
main("run babi --generated --cells lif --alpha 0.4375 --epochs 1 --out o".split())
print(json.dumps([calls, [name for name in sys.modules if name.partition(".")[0] == "liaf_ref"]]))
"""


def test_a_run_prepares_and_checks_once_and_reads_no_recordings(tmp_path: Path) -> None:
    code, out, _ = wait_for(start_python("-c", RUN, cwd=tmp_path))
    calls, loaded = json.loads(out.splitlines()[-1])
    once = dict.fromkeys(("load", "split", "build_network", "checks of alpha"), 1)
    assert (code, calls) == (0, once)
    assert not [name for name in loaded if "events" in name or "simulator" in name]
    assert len(loaded) <= 120
