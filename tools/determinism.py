"""Repeat programs under changed circumstances, and compare the files they write byte by byte.

``python tools/determinism.py`` does so with everything that is promised to change nothing, and
measures what is not promised: other BLAS kernels and other batch sizes.  Apart are the fields
that ``workloads.IGNORED_KEYS`` names, which are times and the working folder, and the digest of a
checkpoint, which is of its time too.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from crash_test import RAM_DISK, changed_files
from threadpoolctl import threadpool_limits
from tqdm import tqdm
from workloads import WORKLOADS, prepare, read_outputs

from liaf_ref.data.babi import load_babi
from liaf_ref.networks import BabiNetwork
from liaf_ref.training.checkpoint import load

DEFAULT_WORKLOADS = ("run babi", "run n-mnist", "weights and NIR", "babi generate", "table03")
BLAS_KERNELS = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX")
CELLS = ("liaf", "gru")  # of the runs that are compared
PRINT_BLAS_KERNEL = """import numpy, threadpoolctl
for found in threadpoolctl.threadpool_info():
    if found["user_api"] == "blas":
        print(found.get("architecture", found["internal_api"]))
"""
AUTO = "own"  # what OpenBLAS takes for this processor by itself
PRODUCT_SIZES = (64, 100, 256, 1000)  # of the products that are compared
Weights = Mapping[str, np.ndarray]


class Variation(NamedTuple):
    """Circumstances that are to change nothing."""

    env: Mapping[str, str] = MappingProxyType({})
    start: str | None = None
    site: str = "a"


VARIATIONS = {
    "again": Variation(),
    "2 BLAS threads": Variation({"OPENBLAS_NUM_THREADS": "2"}),
    "hash seed 1": Variation({"PYTHONHASHSEED": "1"}),
    "hash seed at random": Variation({"PYTHONHASHSEED": "random"}),
    "fork": Variation(start="fork"),
    "spawn": Variation(start="spawn"),
    "another working folder": Variation(site="b/c"),
}


def run_workload(name: str, inputs: Path) -> None:
    """Do a piece of work in this process."""
    code = WORKLOADS[name].start(inputs)
    if code:
        sys.exit(code)


def run_workload_in_process(name: str, inputs: Path, start: str | None) -> None:
    """Do a piece of work in this process, or in one that is started so."""
    if start is None:
        run_workload(name, inputs)
        return
    context: Any = multiprocessing.get_context(start)
    process = context.Process(target=run_workload, args=(name, inputs))
    process.start()
    process.join()
    sys.exit(process.exitcode)


def run_in_new_interpreter(
    name: str, inputs: Path, folder: Path, variation: Variation
) -> dict[str, Any]:
    """What a piece of work has written, done in a new interpreter."""
    folder.mkdir(parents=True)
    words = [sys.executable, __file__, "--one", name, "--inputs", str(inputs)]
    words += ["--start", variation.start] if variation.start else []
    env = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", **variation.env}
    ended = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode:
        raise RuntimeError(
            f"{name}: ended with exit code {ended.returncode}: {ended.stderr[-1000:]}"
        )
    return read_outputs(folder)


def compare(names: list[str], inputs: Path, base: Path) -> list[tuple[str, str, str]]:
    """Work, way and difference, none being an empty text."""
    rows = []
    ways = [(name, way) for name in names for way in VARIATIONS]
    whole = {
        name: run_in_new_interpreter(name, inputs, base / name / "whole", Variation())
        for name in names
    }
    for name, way in tqdm(ways, unit="way", disable=not sys.stderr.isatty()):
        place = base / name / way / VARIATIONS[way].site
        found = changed_files(
            whole[name], run_in_new_interpreter(name, inputs, place, VARIATIONS[way]), place
        )
        rows.append((name, way, "; ".join(found)))
    return rows + (compare_sweeps(inputs, base) if names == list(DEFAULT_WORKLOADS) else [])


def compare_sweeps(inputs: Path, base: Path) -> list[tuple[str, str, str]]:
    """As :func:`compare`, of a sweep by one worker done again by one and by two."""
    rows = []
    whole = without_manifest(
        run_in_new_interpreter("sweep --jobs 1", inputs, base / "sweep", Variation())
    )
    for name in ("sweep --jobs 1", "sweep --jobs 2"):
        place = base / "sweep again" / name
        found = changed_files(
            whole, without_manifest(run_in_new_interpreter(name, inputs, place, Variation())), place
        )
        rows.append((name, "1 and 2 workers", "; ".join(found)))
    return rows


def without_manifest(written: Mapping[str, Any]) -> dict[str, Any]:
    """What a sweep has written, but for the file that says how many workers it had."""
    return {name: content for name, content in written.items() if name != "out/manifest.json"}


def compare_products() -> list[dict[str, Any]]:
    """Whether products of matrices have equal bits with 1 and 2 BLAS threads."""
    rows = []
    for dtype in (np.float32, np.float64):
        for size in PRODUCT_SIZES:
            rng = np.random.default_rng(size)
            A, B = rng.normal(size=(2, size, size)).astype(dtype)
            found = []
            for threads in (1, 2):
                with threadpool_limits(threads, "blas"):
                    found.append(A @ B)
            worst = float(np.abs(found[0] - found[1]).max())
            rows.append({"dtype": np.dtype(dtype).name, "size": size, "difference": worst})
    return rows


def compare_batch_sizes(inputs: Path) -> dict[str, float]:
    """Largest difference of logits between batches of 40 and of 1, over the largest logit."""
    task = load_babi(1, inputs / "text")
    rows = {}
    for cell in CELLS:
        network = BabiNetwork(task.vocab_size, cell)
        params = load(inputs / "runs" / "babi" / f"qa1-{cell}" / "checkpoint.npz").state.params
        forward = network.passes().forward
        story, query = task.test.story, task.test.query
        whole, _ = forward(params, story, query)
        single = np.concatenate(
            [forward(params, story[k : k + 1], query[k : k + 1])[0] for k in range(len(story))]
        )
        rows[cell] = float(np.abs(whole - single).max() / np.abs(whole).max())
    return rows


def compare_blas_kernels(inputs: Path, base: Path) -> dict[str, Any]:
    """How far each two kernels of OpenBLAS are apart after training, and which it has.

    It takes one kernel for several processors, and its own choice where it does not know one.
    """
    taken: dict[str, str] = {}
    trained: dict[str, dict[str, Weights]] = {}
    for kernel in (AUTO, *BLAS_KERNELS):
        env = {} if kernel == AUTO else {"OPENBLAS_CORETYPE": kernel}
        name, place = blas_kernel_used(env), base / "kernel" / kernel
        if name is None:
            continue
        if name not in trained:
            try:
                run_in_new_interpreter("run babi", inputs, place, Variation(env))
            except RuntimeError:
                continue  # not for this processor
            trained[name] = trained_weights(place / "out")
        taken[kernel] = name
    apart = {
        f"{one}, {two}": {
            cell: relative_distance(trained[one][cell], trained[two][cell]) for cell in CELLS
        }
        for one, two in itertools.combinations(trained, 2)
    }
    return {"taken": taken, "apart": apart}


def blas_kernel_used(env: Mapping[str, str]) -> str | None:
    """Name the kernel that NumPy's BLAS takes in such an environment; None if it breaks."""
    words = [sys.executable, "-c", PRINT_BLAS_KERNEL]
    ended = subprocess.run(  # noqa: S603
        words, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    return ended.stdout.strip() or None


def trained_weights(out: Path) -> dict[str, Weights]:
    """Weights of a run, by cell."""
    return {cell: load(out / f"qa1-{cell}" / "checkpoint.npz").state.params for cell in CELLS}


def relative_distance(one: Weights, two: Weights) -> float:
    """Largest difference of two networks' weights, over the largest weight of the first."""
    worst = max(float(np.abs(one[key] - two[key]).max()) for key in one)
    return worst / max(float(np.abs(value).max()) for value in one.values())


def main() -> int:
    """Compare, measure, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = f"programs to repeat (default: {', '.join(DEFAULT_WORKLOADS)})"
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=names)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    for hidden in ("--one", "--start"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--inputs", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        run_workload_in_process(args.one, args.inputs, args.start)
        return 0
    with tempfile.TemporaryDirectory(dir=RAM_DISK if RAM_DISK.is_dir() else None) as folder:
        inputs = Path(folder) / "inputs"
        inputs.mkdir()
        prepare(inputs, [*(args.workloads or DEFAULT_WORKLOADS), "table03"])
        rows = compare(args.workloads or list(DEFAULT_WORKLOADS), inputs, Path(folder))
        facts = {"products": compare_products(), "batches": compare_batch_sizes(inputs)}
        if not args.workloads:
            facts["kernels"] = compare_blas_kernels(inputs, Path(folder))
    if args.json:
        print(json.dumps({"variations": rows} | facts, indent=2))
    else:
        for name, way, wrong in rows:
            print(f"| {name} | {way} | {wrong or 'equal'} |")
        print(json.dumps(facts, indent=2))
    return int(any(wrong for _, _, wrong in rows))


if __name__ == "__main__":
    sys.exit(main())
