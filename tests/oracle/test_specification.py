"""The specification: its page, what a verdict says of its profiles, and the badge."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

import liaf_ref as lr
from liaf_ref.oracle import Case, Declined, chunked, run
from liaf_ref.oracle.specification import CLAUSES, SECTIONS, badge_json, count_cases, judge_profiles
from oracle.judged_cases import judge_all

PATTERNS = ("l0_lif_*_mu0300", "l1_conv_*", "l4_adam_*")  # sequences, images, training
Answer = Mapping[str, Any]


def only_forward(case: Case) -> Answer:
    return {name: array for name, array in run(case).items() if name.startswith("exp/")}


def wrong_threshold_gradient(case: Case) -> Answer:
    return {name: -array if name.endswith("v_th") else array for name, array in run(case).items()}


def no_images(case: Case) -> Answer:
    if any(node.op == "conv" for node in case.nodes):
        raise Declined("no convolution")
    return run(case)


def broken(case: Case) -> Answer:
    raise KeyError("X")


@pytest.mark.parametrize(
    ("backend", "names"),
    [
        (run, ["Inference", "Gradients", "Trainable neurons", "Images", "Training"]),
        (only_forward, ["Inference"]),
        (wrong_threshold_gradient, ["Inference", "Gradients"]),
        (no_images, ["Inference", "Gradients", "Trainable neurons"]),
        (broken, []),
    ],
)
def test_a_backend_passes_the_profiles_that_it_has_right_and_its_badge_names_them(
    backend: Any, names: list[str]
) -> None:
    cases = tuple(g for pattern in PATTERNS for g in lr.golden_cases(None, pattern))
    verdicts = [v for dtype in ("float32", "float64") for v in judge_all(backend, dtype, cases)]
    results = judge_profiles(verdicts)
    documents = [json.loads(json.dumps(result.to_dict())) for result in results]
    assert [each["profile"] for each in documents if each["ok"]] == names
    assert all(each["passed"] + each["failed"] + each["declined"] for each in documents)
    badge = json.loads(badge_json(results))  # as shields.io reads it
    assert (badge["schemaVersion"], badge["label"]) == (1, "liaf_ref 2.0")
    assert badge["message"] == (" · ".join(names) or "no profile passed")
    assert badge["color"] == ("2f6f4f" if names else "a33b20")


def test_every_clause_is_tried_and_every_section_has_one() -> None:
    cut = chunked(lr.golden_cases("L0", "l0_lif_*"), 4)
    counts = count_cases((*lr.golden_cases(), *cut))
    assert [number for number, count in counts.items() if not count] == []
    sections = dict.fromkeys(int(number.partition(".")[0]) for number in CLAUSES)
    assert list(sections) == list(range(1, len(SECTIONS) + 1))
