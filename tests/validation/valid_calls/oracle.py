"""Valid calls of the oracle: gradient checks, cases, golden sets, backends."""

from typing import Any

import numpy as np

from liaf_ref import layers, oracle
from liaf_ref.oracle import error_bounds, golden
from liaf_ref.oracle.gradcheck import gradcheck
from liaf_ref.oracle.gradcheck.target import layer_target
from liaf_ref.oracle.strategies import liaf_cases
from liaf_ref.oracle.table import run
from validation.public_callables import call

RNG = np.random.default_rng(0)
GOLDEN = next(g for g in golden.golden_cases() if g.exact)
CASE = GOLDEN.case


def make(spike: Any) -> Any:
    return layers.DenseLIF(2, 2, spike=spike)


VALID_CALLS: dict[str, Any] = dict(
    [
        call(
            gradcheck,
            f=lambda x: (x**2).sum(),
            x=np.array([0.5, 1.0]),
            grad=lambda x: 2 * x,
            mode="complex",
            tolerance=1e-9,
            mu=None,
        ),
        call(golden.golden_case, name=GOLDEN.name),
        call(golden.golden_cases, levels="L4", pattern=GOLDEN.name),
        call(GOLDEN.compare, answer=GOLDEN.expected, dtype="float64"),
        call(layer_target, make=make, rng=RNG, B=2, T=3),
        call(
            "oracle.checker.check_backend",
            lambda **given: oracle.check_backend(**{"cases": [GOLDEN]} | given),
            backend=run,
            dtype="float64",
            levels=("L0",),
            pattern="*",
            waivers=(),
        ),
        call(
            oracle.shrink, backend=lambda case: {}, golden=GOLDEN, dtype="float64", time_limit=1.0
        ),
        call(oracle.check_surrogate, slope=lambda x: 1 / (1 + x * x), shape="arctan"),
        call(
            oracle.check_spike,
            spike=lambda x, v_th: (1.0 * (x >= v_th), 1 / (1 + (x - v_th) ** 2)),
            shape="arctan",
        ),
        call(oracle.check_smooth_step, step=lambda x: np.arctan(x) / np.pi + 0.5, shape="arctan"),
        call(oracle.identify_surrogate, slope=lambda x: 1 / (1 + x * x)),
        call(oracle.declare, given={"fires": ">"}),
        call(oracle.chunked, cases=[GOLDEN], steps=2),
        call(oracle.in_chunks, backend=run),
        call(oracle.explain_trace, trace="missing.csv", params="missing.toml"),
        call(
            oracle.RandomCases,
            total=2,
            seed=1,
            ops=("neuron",),
            max_size=100,
            dtype="float32",
            chunks=2,
        ),
        call(liaf_cases, ops=("neuron",), seed=1, chunks=3),
        call(run, case=CASE),
        call(error_bounds.bound, case=CASE, dtype="float32"),
        call(error_bounds.tolerances, case=CASE, dtype="float32"),
        call(error_bounds.spike_safe, case=CASE, dtype="float32"),
        call(golden.save, folder="set", cases=[GOLDEN], formats=("safetensors",)),
        call(golden.load, path="missing"),
        call(
            "oracle.golden.generation.audit",
            lambda folder=None: next(iter(golden.audit(folder))),
            folder="missing",
        ),
        call(
            "oracle.golden.generation.verify",
            lambda goldens: list(golden.verify(goldens)),
            goldens=[GOLDEN],
        ),
    ]
)
