"""Golden sets of one case, and the answers of a program, damaged."""

import functools
import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from fuzzing.archives import damaged_npz, mutate_arrays
from fuzzing.harness import MAX_MESSAGE_LENGTH, Files
from fuzzing.texts import as_json, mutate_text
from fuzzing.values import mutate_document
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import golden as sets
from liaf_ref.oracle.checker import program
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.golden import arrays as files
from liaf_ref.oracle.golden import manifest

CASES = ("l0_exact_dropout", "l0_mse_two")
STORED = {"int64", "float64", "float32", "float16"}


@functools.cache
def cases() -> tuple[tuple[sets.GoldenCase, dict[str, Array], dict[str, Any]], ...]:
    """Cases with their arrays and their manifests."""
    found = {one.case.name: one for one in sets.golden_cases()}
    made = []
    for name in CASES:
        arrays = files.flatten(found[name])
        entry = manifest.case_entry(found[name], arrays)
        made.append((found[name], arrays, json.loads(manifest.dumps([entry], ("safetensors",)))))
    return tuple(made)


def golden(rng: Random) -> Files:
    """A set of which the manifest, the arrays or the sums are damaged, the hashes at times too."""
    one, arrays, document = rng.choice(cases())
    name, kind = one.case.name, rng.choice(("safetensors", "safetensors", "hex"))
    message = {**document, "formats": [kind]}
    what = rng.randrange(8)
    if what < 4:
        message = mutate_document(message, rng)
    elif what < 7:
        arrays = mutate_arrays(arrays, rng)
        if rng.random() < 0.8:
            message["cases"] = [message["cases"][0] | {"arrays": _described(arrays)}]
    written = _files(name, arrays, kind, rng if what in {5, 6} else None)
    text = as_json(message)
    written["manifest.json"] = mutate_text(text, rng, probability=0.1) if what < 4 else text
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in written.items()}
    listed = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    return written | {"SHA256SUMS": mutate_text(listed, rng, probability=1 if what == 7 else 0)}


def _described(arrays: dict[str, Array]) -> dict[str, Any]:
    return {
        name: {
            "shape": list(array.shape),
            "dtype": array.dtype.name,
            "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
            "role": "input",
        }
        for name, array in arrays.items()
    }


def _files(case: str, arrays: dict[str, Array], kind: str, rng: Random | None) -> dict[str, bytes]:
    if kind == "hex":
        names = (files.hexadecimal_file(case, name) for name in arrays if len(name) < 99)
        return {name: b"00000000\n" for name in names if ".." not in name}
    known = {name: a for name, a in arrays.items() if a.dtype.name in STORED}
    content = files.to_safetensors(known)
    return {f"{case}.safetensors": content if rng is None else mutate_tensors(content, rng)}


def mutate_tensors(content: bytes, rng: Random) -> bytes:
    """A safetensors file, its header damaged as JSON or as text, or cut short."""
    start = 8 + int.from_bytes(content[:8], "little")
    head, rest = content[8:start], content[start:]
    kind = rng.randrange(4)
    if kind == 0:
        return content[: rng.randrange(len(content))]
    text = (
        as_json(mutate_document(json.loads(head), rng))
        if kind < 3
        else mutate_text(head, rng, probability=1)
    )
    size = len(text) if rng.random() < 0.9 else rng.choice((0, 1, 2**20, 2**63, 2**64 - 1))
    return size.to_bytes(8, "little") + text + rest


def read_golden(folder: Path) -> object:
    """Load a set, or audit it, as its size has it."""
    path = folder / "manifest.json"
    if path.stat().st_size % 2:
        return sets.load(folder)
    problems = [verdict.problem for verdict in sets.audit(folder)]
    for problem in problems:
        if problem is not None and (
            len(problem) > MAX_MESSAGE_LENGTH or problem.splitlines() != [problem]
        ):
            raise AssertionError(problem)
    return problems


def answer(rng: Random) -> Files:
    """What a program left behind for the first case."""
    arrays = {name: a.astype(np.float32) for name, a in cases()[0][0].expected.items()}
    arrays = mutate_arrays(arrays, rng)
    if rng.random() < 0.6:
        return {"answer.npz": damaged_npz(arrays, rng, deflated=rng.random() < 0.5)}
    known = {name: a for name, a in arrays.items() if a.dtype.name in STORED}
    return {"answer.safetensors": mutate_tensors(files.to_safetensors(known), rng)}


def read_answer(folder: Path) -> object:
    """Read an answer and compare it; files left of an input before would be read first."""
    one = cases()[0][0]
    case = one.case.astype("float32")
    found = program.read_answer(folder, case)
    verdict = judge(lambda _: found, one, "float32")
    return verdict.summary(), json.dumps(verdict.to_dict())
