"""From a changed text to a backend."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import liaf_ref
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.reference import PAPER, Rules, run

ROOT = Path(liaf_ref.__file__).parent
Backend = Callable[[Case], dict[str, Array]]


class Wrong(NamedTuple):
    """A change: in which file, what for what, and what the diagnosis must name."""

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    diagnosis: str


def backend(wrong: Wrong) -> Backend:
    rules = rules_of(wrong.file, changed(wrong))
    return lambda case: run(case, rules)


def only_required(backend: Backend) -> Backend:
    """The same, as little as is allowed: no state, no adjoint of a step."""

    def answer(case: Case) -> dict[str, Array]:
        last = case.nodes[-1].name
        return {
            name: array
            for name, array in backend(case).items()
            if name.startswith(("grad/", "step1/", f"exp/{last}.")) or name == "exp/curve"
        }

    return answer


def changed(wrong: Wrong) -> ModuleType:
    text = (ROOT / wrong.file).read_text("utf-8")
    for old, new in wrong.changes:
        assert text.count(old) == 1, f"{wrong.file} has {text.count(old)} x {old!r}"
        text = text.replace(old, new)
    return _executed(text, wrong.file)


def _executed(text: str, file: str) -> ModuleType:
    module = ModuleType(f"wrong.{Path(file).stem}")
    module.__dict__["__name__"] = __name__  # where dataclasses look for annotations
    exec(compile(text, file, "exec"), module.__dict__)  # noqa: S102
    return module


def rules_of(file: str, module: Any) -> Rules:
    name = Path(file).stem
    match name:
        case "rules":
            rules: Rules = module.PAPER
            return rules
        case "spike":
            return PAPER._replace(spike=_spike(module), act=_act(module))
        case "activation":
            return PAPER._replace(act=_activation(module))
        case "optimisers":
            return PAPER._replace(optimiser=_optimiser(module))
        case "lstm_cell":
            lstm = _executed((ROOT / "kernels/lstm.py").read_text("utf-8"), "kernels/lstm.py")
            lstm.__dict__["lstm_cell"] = module
            return PAPER._replace(lstm=lstm)
    return PAPER._replace(**{name: module})


def _spike(module: Any) -> Any:
    return lambda o: module.detached() if o["reset"] == "detached" else module.paper(o["mu"])


def _act(module: Any) -> Any:
    return lambda o: module.paper(o["mu"]) if o["act"] == "spike" else PAPER.act(o)


def _activation(module: Any) -> Any:
    return lambda o: PAPER.act(o) if o["act"] == "spike" else module.ACTIVATIONS[o["act"]]


def _optimiser(module: Any) -> Any:
    kinds = {"sgd": module.SGD, "adam": module.Adam, "adamw": module.AdamW}
    return lambda o: kinds[o["name"]](
        **{key: value for key, value in o.items() if key not in {"name", "steps"}}
    )
